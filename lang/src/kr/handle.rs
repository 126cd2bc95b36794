//! What `kr.node` returns: a node by name, with the operators of the patch language.
//!
//! A handle holds a name, not a node: after `kr.remove` its operations say that the node is gone.

use std::any::Any;
use std::rc::Rc;

use synthc_engine::path::{Resolved, Target};
use synthc_engine::pattern::Pattern;
use synthc_engine::session::{Outcome, Session, Tap};

use super::Studio;
use super::playing::{self, not_playable, play_plainly, read_notation};
use super::studio::{as_key_error, name_in};
use crate::error::{Error, Result};
use crate::eval::Context;
use crate::krp::PatternObject;
use crate::signature;
use crate::value::{
    Arguments, BinaryOp, Module, ModuleBuilder, NativeFunction, NativeObject, Value,
};

/// A node of the session, or a group of nodes.
#[derive(Debug)]
pub struct NodeHandle {
    studio: Rc<Studio>,
    name: Rc<str>,
}

/// Attributes that are read; the first two can be assigned.
const ATTRIBUTES: [&str; 8] = [
    "gain",
    "pan",
    "name",
    "count",
    "controls",
    "muted",
    "pattern",
    "is_effect",
];

/// Names of the methods, for suggestions.
const METHOD_NAMES: [&str; 14] = [
    "play", "hush", "set", "get", "send", "connect", "unsend", "mute", "unmute", "solo", "fade",
    "mod", "unmod", "remove",
];

thread_local! {
    static METHODS: Rc<Module> = Module::builder("Node").described(methods);
}

impl NodeHandle {
    pub(super) fn value(studio: &Rc<Studio>, name: &str) -> Value {
        Value::native(Self {
            studio: Rc::clone(studio),
            name: name.into(),
        })
    }

    /// The name of the node or group.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn name_rc(&self) -> &Rc<str> {
        &self.name
    }

    /// The path of one of its controls or levels.
    fn path(&self, control: &str) -> String {
        format!("{}/{control}", self.name)
    }

    fn edit(
        &self,
        context: &mut Context<'_>,
        arguments: Option<&Arguments>,
        edit: impl FnOnce(&mut Session) -> Outcome,
    ) -> Result<()> {
        self.check()?;
        self.studio.edit(context, arguments, edit)
    }

    /// The node or group must still be there.
    fn check(&self) -> Result<()> {
        let exists = self
            .studio
            .read(|s| s.find_node(&self.name).is_some() || !s.members(&self.name).is_empty());
        if exists {
            return Ok(());
        }
        Err(
            Error::runtime_error(format!("the node `{}` has been removed", self.name))
                .with_help("define it again with kr.node(…)"),
        )
    }

    /// `self >> to`: a send at level 1, or at the level of a pair.
    fn route(&self, context: &mut Context<'_>, to: &Value) -> Result<Value> {
        if let Value::List(_) = to {
            let mut last = Value::None;
            for target in to.as_items().unwrap_or_default() {
                last = self.route(context, &target)?;
            }
            return Ok(last);
        }
        let (target, level) = match to {
            Value::Tuple(pair) => match pair.items() {
                [target, level] => match level.as_f64() {
                    Some(level) => (target.clone(), level),
                    None => return Err(not_a_level(level)),
                },
                items => {
                    return Err(Error::type_error(format!(
                        "a send is a pair (node, level), not {} values",
                        items.len()
                    ))
                    .with_help(
                        "write `bass >> (verb, 0.4)`; to several nodes `bass >> [verb, echo]`",
                    ));
                }
            },
            target => (target.clone(), 1.0),
        };
        let Some(name) = name_in(&target) else {
            return Err(not_a_target(&target));
        };
        self.edit(context, None, |s| s.send(&self.name, &name, level))?;
        Ok(Self::value(&self.studio, &name))
    }

    /// `self @ what`.
    fn play(&self, context: &mut Context<'_>, what: &Value) -> Result<()> {
        match what {
            Value::None => self.edit(context, None, |s| s.hush(&self.name)),
            Value::Tuple(pair) => {
                let [control, what] = pair.items() else {
                    return Err(not_playable(what));
                };
                let Some(control) = control.as_str() else {
                    return Err(Error::type_error(format!(
                        "the first of the pair is the name of a control, not '{}'",
                        control.type_name()
                    ))
                    .with_help("write node @ (\"cutoff\", pattern)"));
                };
                let path = self.path(control);
                if let Value::None = what {
                    return self.edit(context, None, |s| s.hush(&path));
                }
                play_plainly(context, &self.studio, &path, &playable(what)?)
            }
            what => play_plainly(context, &self.studio, &self.name, &playable(what)?),
        }
    }
}

fn playable(value: &Value) -> Result<Pattern> {
    match value {
        Value::Str(text) => read_notation(text),
        value => value
            .downcast::<PatternObject>()
            .map(|p| p.pattern().clone())
            .ok_or_else(|| not_playable(value)),
    }
}

fn not_a_level(value: &Value) -> Error {
    let error = Error::type_error(format!(
        "the level of a send must be a number, not '{}'",
        value.type_name()
    ));
    if value.downcast::<NodeHandle>().is_some() {
        error.with_help("to send to several nodes use a list: `bass >> [verb, echo]`")
    } else {
        error.with_help("write `bass >> (verb, 0.4)`")
    }
}

fn not_a_target(value: &Value) -> Error {
    let error = Error::type_error(format!(
        "`>>` routes into a node, not into '{}'",
        value.type_name()
    ));
    match value {
        Value::Function(function) => error.with_help(format!(
            "make a node of the function first: {0} = kr.node(\"{0}\", {0})",
            function.name()
        )),
        Value::Native(object) if object.as_any().is::<PatternObject>() => {
            error.with_help("a pattern is played with `@`: bass @ pattern")
        }
        _ => error.with_help("write `bass >> verb`, or `bass >> (verb, 0.4)` with a level"),
    }
}

/// The error for `(node @ pattern) * 4` and the like, which nobody means.
fn precedence(op: BinaryOp) -> Error {
    let symbol = op.symbol();
    let reason = match op {
        BinaryOp::Mul => "`@` binds as tightly as `*` and comes first",
        _ => "`@` binds more tightly",
    };
    Error::type_error(format!(
        "`{symbol}` here applies to the node, not to the pattern: {reason}"
    ))
    .with_help(format!(
        "put the pattern in parentheses: node @ (pattern {symbol} …)"
    ))
}

impl NativeObject for NodeHandle {
    fn type_name(&self) -> &'static str {
        "Node"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn repr(&self) -> String {
        self.studio
            .read(|session| match session.find_node(&self.name) {
                None => format!("<group {}>", self.name),
                Some(node) => {
                    let kind = if node.is_effect() { "effect" } else { "source" };
                    format!("<{kind} {}, gain {}>", self.name, node.gain())
                }
            })
    }

    fn attribute(&self, _: &mut Context<'_>, name: &str) -> Result<Option<Value>> {
        let value = self.studio.read(|session| {
            if name == "name" {
                return Some(Value::Str(Rc::clone(&self.name)));
            }
            let node = session.find_node(&self.name)?;
            let definition = node.definition();
            Some(match name {
                "gain" => Value::Float(node.gain()),
                "pan" => Value::Float(node.pan()),
                "count" => Value::Int(i64::from(node.count())),
                "muted" => Value::Bool(session.is_muted(&self.name)),
                "is_effect" => Value::Bool(node.is_effect()),
                "controls" => Value::dict(definition.controls().iter().map(|control| {
                    let value = node.control_value(control);
                    (Rc::from(&*control.name), Value::Float(value))
                })),
                "pattern" => match session.pattern(&self.name) {
                    Ok(Some(slot)) => PatternObject::value(slot.pattern().clone()),
                    _ => Value::None,
                },
                _ => return None,
            })
        });
        Ok(value)
    }

    fn method(&self, name: &str) -> Option<Rc<NativeFunction>> {
        METHODS.with(|methods| methods.function(name))
    }

    fn attribute_names(&self) -> Vec<&str> {
        ATTRIBUTES.into_iter().chain(METHOD_NAMES).collect()
    }

    fn set_attribute(&self, context: &mut Context<'_>, name: &str, value: &Value) -> Result<bool> {
        if !matches!(name, "gain" | "pan") {
            let is_control = self.studio.read(|session| {
                let node = session.find_node(&self.name)?;
                node.definition().control(name).map(|_| ())
            });
            if is_control.is_some() {
                return Err(Error::new(
                    crate::value::ExceptionKind::AttributeError,
                    format!("`{name}` is a control of '{}', not an attribute", self.name),
                )
                .with_help(format!("set it with brackets: node[\"{name}\"] = …")));
            }
            return Ok(false);
        }
        let number = value.as_f64().ok_or_else(|| {
            Error::type_error(format!(
                "{name} must be a number, not '{}'",
                value.type_name()
            ))
        })?;
        if name == "pan" {
            self.edit(context, None, |s| s.pan(&self.name, number))?;
        } else {
            self.studio.put(context, None, &self.name, number)?;
        }
        Ok(true)
    }

    fn item(&self, context: &mut Context<'_>, key: &Value) -> Result<Option<Value>> {
        get(self, context, key).map(Some)
    }

    fn set_item(&self, context: &mut Context<'_>, key: &Value, value: &Value) -> Result<bool> {
        let control = control_name(key)?;
        let Some(number) = value.as_f64() else {
            return Err(Error::type_error(format!(
                "a control takes a number, not '{}'",
                value.type_name()
            ))
            .with_help(format!(
                "to play a pattern on it write node @ (\"{control}\", pattern)"
            )));
        };
        let path = self.path(control);
        self.studio.put(context, None, &path, number)?;
        Ok(true)
    }

    fn binary(
        &self,
        context: &mut Context<'_>,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>> {
        match (op, reflected) {
            (BinaryOp::RShift, false) => {
                self.check()?;
                let routed = self.route(context, other);
                routed.map(Some).map_err(Error::about_right_operand)
            }
            (BinaryOp::MatMul, false) => {
                self.check()?;
                self.play(context, other)
                    .map_err(Error::about_right_operand)?;
                Ok(Some(Self::value(&self.studio, &self.name)))
            }
            (BinaryOp::MatMul, true) if other.downcast::<PatternObject>().is_some() => Err(
                Error::type_error("`@` plays what stands on its right on the node on its left")
                    .with_help("write it the other way round: node @ pattern"),
            ),
            (BinaryOp::LShift, false) => Err(Error::type_error("nodes are routed with `>>`")
                .with_help("write the source first: bass >> verb")),
            (BinaryOp::Mul | BinaryOp::Add | BinaryOp::BitOr, false) => Err(precedence(op)),
            _ => Ok(None),
        }
    }
}

fn control_name(key: &Value) -> Result<&str> {
    key.as_str().ok_or_else(|| {
        Error::type_error(format!(
            "node[…] takes the name of a control, not '{}'",
            key.type_name()
        ))
        .with_help("write node[\"cutoff\"]")
    })
}

fn get(handle: &NodeHandle, context: &mut Context<'_>, key: &Value) -> Result<Value> {
    let path = handle.path(control_name(key)?);
    let value = handle.studio.read(|s| match s.resolve(&path)? {
        Resolved::One(Target::Node(_)) | Resolved::Group(_) => Ok(None),
        Resolved::One(target) => Ok(s.value_at(&target)),
    });
    match value {
        Ok(Some(value)) => Ok(Value::Float(value)),
        Ok(None) => Ok(NodeHandle::value(&handle.studio, &path)),
        Err(error) => Err(as_key_error(&handle.studio.raise(context, &error))),
    }
}

fn receiver(arguments: &Arguments) -> Result<&NodeHandle> {
    arguments.receiver_as()
}

/// A method without arguments that edits the node.
fn plain(
    module: ModuleBuilder,
    name: &'static str,
    operation: fn(&mut Session, &str) -> Outcome,
) -> ModuleBuilder {
    module.function(name, signature!(), move |context, arguments| {
        let handle = receiver(arguments)?;
        handle.edit(context, None, |s| operation(s, &handle.name))?;
        Ok(NodeHandle::value(&handle.studio, &handle.name))
    })
}

/// The path of the control or level that the argument `control` names.
fn control_path(handle: &NodeHandle, arguments: &Arguments) -> Result<String> {
    Ok(handle.path(arguments.str("control")?))
}

fn methods(module: ModuleBuilder) -> ModuleBuilder {
    let module = [
        ("hush", Session::hush as fn(&mut Session, &str) -> Outcome),
        ("mute", Session::mute),
        ("unmute", Session::unmute),
        ("solo", Session::solo),
        ("remove", Session::remove),
    ]
    .into_iter()
    .fold(module, |module, (name, operation)| {
        plain(module, name, operation)
    });
    let module = module
        .function(
            "play",
            signature!(pattern, from_zero = false, swing = Value::None),
            |context, arguments| {
                let handle = receiver(arguments)?;
                playing::play(context, &handle.studio, &handle.name, arguments)?;
                Ok(NodeHandle::value(&handle.studio, &handle.name))
            },
        )
        .function("set", signature!(control, value), |context, arguments| {
            let handle = receiver(arguments)?;
            let (path, value) = (control_path(handle, arguments)?, arguments.f64("value")?);
            handle.studio.put(context, Some(arguments), &path, value)?;
            Ok(Value::None)
        })
        .function("get", signature!(control), |context, arguments| {
            get(receiver(arguments)?, context, arguments.get("control"))
        })
        .function(
            "fade",
            signature!(control, target, bars = Session::DEFAULT_FADE_BARS),
            |context, arguments| {
                let handle = receiver(arguments)?;
                let path = control_path(handle, arguments)?;
                playing::fade(context, &handle.studio, &path, arguments)
            },
        )
        .function(
            "mod",
            signature!(control, shape, lo = 0.0, hi = 1.0, bars = 1),
            |context, arguments| {
                let handle = receiver(arguments)?;
                let path = control_path(handle, arguments)?;
                playing::modulate(context, &handle.studio, &path, arguments)
            },
        )
        .function("unmod", signature!(control), |context, arguments| {
            let handle = receiver(arguments)?;
            let path = control_path(handle, arguments)?;
            handle.edit(context, Some(arguments), |s| s.unmod(&path))?;
            Ok(Value::None)
        });
    routes(module)
}

/// Methods that join nodes.
fn routes(module: ModuleBuilder) -> ModuleBuilder {
    let to = |arguments: &Arguments| super::studio::node_name(arguments, "target");
    let send = move |context: &mut Context<'_>, arguments: &Arguments| {
        let handle = receiver(arguments)?;
        let (to, level) = (to(arguments)?, arguments.f64("level")?);
        let pre = arguments.has("pre").then(|| arguments.bool("pre"));
        let tap = match pre.transpose()? {
            Some(true) => Some(Tap::PreFader),
            Some(false) => Some(Tap::PostFader),
            None => None,
        };
        handle.edit(context, Some(arguments), |s| match tap {
            Some(tap) => s.send_at(&handle.name, &to, level, tap),
            None => s.send(&handle.name, &to, level),
        })?;
        Ok(NodeHandle::value(&handle.studio, &to))
    };
    module
        .function(
            "send",
            signature!(target, level = Session::DEFAULT_SEND, pre = Value::None),
            send,
        )
        .function(
            "connect",
            signature!(target, level = 1.0, pre = Value::None),
            send,
        )
        .function("unsend", signature!(target), move |context, arguments| {
            let handle = receiver(arguments)?;
            let to = to(arguments)?;
            handle.edit(context, Some(arguments), |s| s.unsend(&handle.name, &to))?;
            Ok(Value::None)
        })
}
