//! What is said after a render: on standard error, for people or as JSON.

use serde::Serialize;
use synthc_engine::render::RenderSummary;
use synthc_lang::{Diagnostic, Style};

/// The figures of a render.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    output: String,
    seconds: f64,
    frames: u64,
    sample_rate: f64,
    channels: usize,
    /// Why it is so long.
    length: String,
    /// Largest sample of all channels.
    peak: f64,
    peak_dbfs: f64,
    /// Largest value between samples (4× oversampled).
    true_peak_dbtp: f64,
    /// Root mean square over all channels.
    rms_dbfs: f64,
    real_time_factor: f64,
    compile_ms: f64,
    render_ms: f64,
    /// Of the render, which people read after it; those of the patch they have read before it.
    #[serde(skip)]
    notices: Vec<String>,
    /// Of the patch and of the render.
    warnings: Vec<String>,
    /// What the patch printed.
    printed: String,
}

impl Summary {
    /// The figures of what was rendered from `patch` to `output`.
    pub(crate) fn new(
        output: &str,
        rendered: &RenderSummary,
        warnings: &[Diagnostic],
        printed: String,
    ) -> Self {
        let largest = |f: fn(&synthc_engine::render::ChannelLevels) -> f64| {
            rendered.channels.iter().map(f).fold(0.0, f64::max)
        };
        let power: f64 = rendered.channels.iter().map(|c| c.rms * c.rms).sum();
        let channels = rendered.channels.len();
        let notices: Vec<String> = rendered.notices.iter().map(ToString::to_string).collect();
        let remarks = warnings.iter().map(|warning| {
            let text = warning.render(Style::Plain);
            text.trim_end().to_owned()
        });
        Self {
            output: output.to_owned(),
            seconds: rendered.seconds(),
            frames: rendered.frames,
            sample_rate: rendered.sample_rate,
            channels,
            length: rendered.rule.to_string(),
            peak: largest(|c| c.peak),
            peak_dbfs: decibels(largest(|c| c.peak)),
            true_peak_dbtp: decibels(largest(|c| c.true_peak)),
            rms_dbfs: decibels((power / channels.max(1) as f64).sqrt()),
            real_time_factor: rendered.real_time_factor(),
            compile_ms: rendered.compile_time.as_secs_f64() * 1e3,
            render_ms: rendered.elapsed.as_secs_f64() * 1e3,
            warnings: remarks.chain(notices.iter().cloned()).collect(),
            notices,
            printed,
        }
    }

    /// Adds the remark that so many samples are NaN or infinite, if there are any.
    pub(crate) fn with_undefined(mut self, samples: u64) -> Self {
        if samples > 0 {
            let remark = format!(
                "NaN or infinite samples: {samples}; look for a division by 0 or a logarithm of it"
            );
            self.notices.push(remark.clone());
            self.warnings.push(remark);
        }
        self
    }

    /// Prints it.
    pub(crate) fn print(&self, json: bool) {
        if json {
            // A struct of numbers and strings always serialises.
            eprintln!("{}", serde_json::to_string(self).unwrap_or_default());
            return;
        }
        for warning in &self.notices {
            eprintln!("warning: {warning}");
        }
        let plural = if self.channels == 1 {
            "channel"
        } else {
            "channels"
        };
        eprintln!(
            "{}: {:.3} s, {} {plural} at {} Hz ({})",
            self.output, self.seconds, self.channels, self.sample_rate, self.length
        );
        eprintln!(
            "peak {:.2} dBFS, true peak {:.2} dBTP, RMS {:.2} dBFS",
            self.peak_dbfs, self.true_peak_dbtp, self.rms_dbfs
        );
        eprintln!(
            "{:.0}× real time, {:.1} ms to compile, {:.1} ms in all",
            self.real_time_factor, self.compile_ms, self.render_ms
        );
    }
}

/// Decibels of an amplitude; −200 for silence, so that JSON stays a number.
fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-10).log10()
}
