//! Lowering of expressions.

use std::rc::Rc;

use num_bigint::BigInt;
use ruff_python_ast::{self as ast, CmpOp, Expr as PyExpr, Operator};

use super::super::tree::{
    Call, Collect, Comparison, Conversion, Element, Expr, ExprKind, FormatPart, UnaryKind,
};
use super::{Lowerer, Result};
use crate::value::{BinaryOp, CompareOp, Value};

impl Lowerer<'_> {
    pub(super) fn expr(&mut self, py: &PyExpr) -> Result<Expr> {
        let span = self.span(py);
        Ok(Expr {
            span,
            kind: self.expr_kind(py)?,
        })
    }

    fn boxed(&mut self, py: &PyExpr) -> Result<Box<Expr>> {
        self.expr(py).map(Box::new)
    }

    fn exprs(&mut self, py: &[PyExpr]) -> Result<Vec<Expr>> {
        py.iter().map(|e| self.expr(e)).collect()
    }

    fn elements(&mut self, py: &[PyExpr]) -> Result<Vec<Element>> {
        py.iter()
            .map(|e| {
                Ok(match e {
                    PyExpr::Starred(s) => Element {
                        starred: true,
                        value: self.expr(&s.value)?,
                    },
                    e => Element {
                        starred: false,
                        value: self.expr(e)?,
                    },
                })
            })
            .collect()
    }

    fn expr_kind(&mut self, py: &PyExpr) -> Result<ExprKind> {
        let span = self.span(py);
        Ok(match py {
            PyExpr::NoneLiteral(_) => ExprKind::Constant(Value::None),
            PyExpr::BooleanLiteral(b) => ExprKind::Constant(Value::Bool(b.value)),
            PyExpr::EllipsisLiteral(_) => ExprKind::Constant(Value::Ellipsis),
            PyExpr::NumberLiteral(n) => ExprKind::Constant(self.number(n)?),
            PyExpr::StringLiteral(s) => {
                let text = s.value.to_str();
                ExprKind::Constant(Value::Str(self.name(text)))
            }
            PyExpr::FString(f) => ExprKind::Format(self.f_string(&f.value)?),
            PyExpr::Name(n) => ExprKind::Name(self.slot(n.id.as_str())),
            PyExpr::List(l) => ExprKind::List(self.elements(&l.elts)?),
            PyExpr::Tuple(t) => ExprKind::Tuple(self.elements(&t.elts)?),
            PyExpr::Set(s) => ExprKind::Set(self.elements(&s.elts)?),
            PyExpr::Dict(d) => ExprKind::Dict(
                d.items
                    .iter()
                    .map(|i| {
                        let key = i.key.as_ref().map(|k| self.expr(k)).transpose()?;
                        Ok((key, self.expr(&i.value)?))
                    })
                    .collect::<Result<_>>()?,
            ),
            PyExpr::BinOp(b) => {
                let operands = Box::new((self.expr(&b.left)?, self.expr(&b.right)?));
                ExprKind::Binary(binary_op(b.op), operands)
            }
            PyExpr::UnaryOp(u) => self.unary(u)?,
            PyExpr::BoolOp(b) => {
                let values = self.exprs(&b.values)?;
                match b.op {
                    ast::BoolOp::And => ExprKind::And(values),
                    ast::BoolOp::Or => ExprKind::Or(values),
                }
            }
            PyExpr::Compare(c) => {
                let first = self.boxed(&c.left)?;
                let rest = c.ops.iter().zip(&*c.comparators);
                let rest = rest
                    .map(|(op, e)| Ok((comparison(*op), self.expr(e)?)))
                    .collect::<Result<_>>()?;
                ExprKind::Compare(first, rest)
            }
            PyExpr::If(c) => ExprKind::Conditional(Box::new((
                self.expr(&c.test)?,
                self.expr(&c.body)?,
                self.expr(&c.orelse)?,
            ))),
            PyExpr::Lambda(l) => ExprKind::Lambda(Box::new(self.lambda(l)?)),
            PyExpr::ListComp(c) => {
                self.comprehension(Collect::List, c.range, &c.generators, &c.elt, None)?
            }
            PyExpr::SetComp(c) => {
                self.comprehension(Collect::Set, c.range, &c.generators, &c.elt, None)?
            }
            PyExpr::Generator(c) => {
                self.comprehension(Collect::Generator, c.range, &c.generators, &c.elt, None)?
            }
            PyExpr::DictComp(c) => match &c.key {
                Some(key) => {
                    self.comprehension(Collect::Dict, c.range, &c.generators, key, Some(&c.value))?
                }
                None => {
                    return self.unsupported(
                        span,
                        "`**` in a dict comprehension is",
                        "write `{key: value for …}`",
                    );
                }
            },
            PyExpr::Call(c) => ExprKind::Call(Box::new(self.call(c)?)),
            PyExpr::Attribute(a) => {
                let name_span = self.span(&a.attr);
                ExprKind::Attribute(self.boxed(&a.value)?, self.name(a.attr.as_str()), name_span)
            }
            PyExpr::Subscript(s) => {
                ExprKind::Subscript(Box::new((self.expr(&s.value)?, self.expr(&s.slice)?)))
            }
            PyExpr::Slice(s) => {
                let mut part =
                    |e: &Option<Box<PyExpr>>| e.as_deref().map(|e| self.expr(e)).transpose();
                ExprKind::Slice(Box::new([part(&s.lower)?, part(&s.upper)?, part(&s.step)?]))
            }
            PyExpr::Named(n) => match &*n.target {
                PyExpr::Name(name) => {
                    let value = self.boxed(&n.value)?;
                    ExprKind::Walrus(self.slot(name.id.as_str()), value)
                }
                _ => return self.error(span, "syntax error: `:=` needs a plain name", ""),
            },
            PyExpr::Starred(_) => {
                return self.error(span, "syntax error: can't use starred expression here", "");
            }
            PyExpr::BytesLiteral(_) => {
                return self.unsupported(span, "bytes are", "use a string: drop the `b`");
            }
            PyExpr::TString(_) => {
                return self.unsupported(span, "template strings are", "use an f-string");
            }
            PyExpr::Await(_) => {
                return self.unsupported(
                    span,
                    "`await` is",
                    "a patch is evaluated at once; timing belongs into patterns",
                );
            }
            PyExpr::Yield(_) | PyExpr::YieldFrom(_) => {
                return self.unsupported(
                    span,
                    "generator functions (`yield`) are",
                    "build a list and return it, or use a generator expression",
                );
            }
            PyExpr::IpyEscapeCommand(_) => return self.unsupported(span, "this is", ""),
        })
    }

    fn number(&mut self, literal: &ast::ExprNumberLiteral) -> Result<Value> {
        match &literal.value {
            ast::Number::Float(f) => Ok(Value::Float(*f)),
            ast::Number::Int(i) => match i.as_i64() {
                Some(small) => Ok(Value::Int(small)),
                None => {
                    let span = self.span(literal);
                    let text = i.to_string().replace('_', "");
                    let (digits, radix) = match text.get(..2).map(str::to_lowercase).as_deref() {
                        Some("0x") => (&text[2..], 16),
                        Some("0o") => (&text[2..], 8),
                        Some("0b") => (&text[2..], 2),
                        _ => (text.as_str(), 10),
                    };
                    if digits.len() > 4300 {
                        return self.error(span, "this integer has too many digits", "");
                    }
                    match BigInt::parse_bytes(digits.as_bytes(), radix) {
                        Some(big) => Ok(Value::integer(big)),
                        None => self.error(span, "syntax error: malformed integer", ""),
                    }
                }
            },
            ast::Number::Complex { .. } => {
                let span = self.span(literal);
                self.unsupported(
                    span,
                    "complex numbers are",
                    "use two floats, or math.cos/math.sin",
                )
            }
        }
    }

    fn unary(&mut self, unary: &ast::ExprUnaryOp) -> Result<ExprKind> {
        let operand = self.boxed(&unary.operand)?;
        let kind = match unary.op {
            ast::UnaryOp::Not => UnaryKind::Not,
            ast::UnaryOp::USub => UnaryKind::Neg,
            ast::UnaryOp::UAdd => UnaryKind::Pos,
            ast::UnaryOp::Invert => UnaryKind::Invert,
        };
        // Negative literals are constants.
        Ok(match (kind, &operand.kind) {
            (UnaryKind::Neg, ExprKind::Constant(Value::Int(i))) if *i != i64::MIN => {
                ExprKind::Constant(Value::Int(-i))
            }
            (UnaryKind::Neg, ExprKind::Constant(Value::Float(f))) => {
                ExprKind::Constant(Value::Float(-f))
            }
            _ => ExprKind::Unary(kind, operand),
        })
    }

    fn call(&mut self, call: &ast::ExprCall) -> Result<Call> {
        let function = self.expr(&call.func)?;
        let positional = self.elements(&call.arguments.args)?;
        let mut keywords: Vec<(Option<Rc<str>>, Expr, _)> = Vec::new();
        for keyword in &call.arguments.keywords {
            let span = self.span(keyword);
            let name = keyword.arg.as_ref().map(|n| self.name(n.as_str()));
            if name.is_some() && keywords.iter().any(|(n, _, _)| *n == name) {
                let text = format!(
                    "syntax error: keyword argument repeated: {}",
                    name.as_deref().unwrap_or("")
                );
                return self.error(span, &text, "");
            }
            keywords.push((name, self.expr(&keyword.value)?, span));
        }
        Ok(Call {
            function,
            positional,
            keywords,
        })
    }

    fn f_string(&mut self, value: &ast::FStringValue) -> Result<Vec<FormatPart>> {
        let mut parts = Vec::new();
        for part in value {
            match part {
                ast::FStringPart::Literal(text) => {
                    parts.push(FormatPart::Text(self.name(text.as_str())));
                }
                ast::FStringPart::FString(f) => self.format_elements(&f.elements, &mut parts)?,
            }
        }
        Ok(parts)
    }

    fn format_elements(
        &mut self,
        elements: &[ast::InterpolatedStringElement],
        parts: &mut Vec<FormatPart>,
    ) -> Result<()> {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(text) => {
                    parts.push(FormatPart::Text(self.name(&text.value)));
                }
                ast::InterpolatedStringElement::Interpolation(inner) => {
                    let value = self.expr(&inner.expression)?;
                    let mut conversion = match inner.conversion {
                        ast::ConversionFlag::None => Conversion::None,
                        ast::ConversionFlag::Str => Conversion::Str,
                        ast::ConversionFlag::Ascii => Conversion::Ascii,
                        ast::ConversionFlag::Repr => Conversion::Repr,
                    };
                    let mut spec = Vec::new();
                    if let Some(py) = &inner.format_spec {
                        self.format_elements(&py.elements, &mut spec)?;
                    }
                    if let Some(debug) = &inner.debug_text {
                        parts.push(FormatPart::Text(self.name(debug.as_str())));
                        if conversion == Conversion::None && inner.format_spec.is_none() {
                            conversion = Conversion::Repr;
                        }
                    }
                    parts.push(FormatPart::Value {
                        value,
                        conversion,
                        spec,
                    });
                }
            }
        }
        Ok(())
    }
}

pub(super) fn binary_op(op: Operator) -> BinaryOp {
    match op {
        Operator::Add => BinaryOp::Add,
        Operator::Sub => BinaryOp::Sub,
        Operator::Mult => BinaryOp::Mul,
        Operator::MatMult => BinaryOp::MatMul,
        Operator::Div => BinaryOp::Div,
        Operator::Mod => BinaryOp::Mod,
        Operator::Pow => BinaryOp::Pow,
        Operator::LShift => BinaryOp::LShift,
        Operator::RShift => BinaryOp::RShift,
        Operator::BitOr => BinaryOp::BitOr,
        Operator::BitXor => BinaryOp::BitXor,
        Operator::BitAnd => BinaryOp::BitAnd,
        Operator::FloorDiv => BinaryOp::FloorDiv,
    }
}

fn comparison(op: CmpOp) -> Comparison {
    match op {
        CmpOp::Eq => Comparison::Value(CompareOp::Eq),
        CmpOp::NotEq => Comparison::Value(CompareOp::Ne),
        CmpOp::Lt => Comparison::Value(CompareOp::Lt),
        CmpOp::LtE => Comparison::Value(CompareOp::Le),
        CmpOp::Gt => Comparison::Value(CompareOp::Gt),
        CmpOp::GtE => Comparison::Value(CompareOp::Ge),
        CmpOp::Is => Comparison::Is,
        CmpOp::IsNot => Comparison::IsNot,
        CmpOp::In => Comparison::In,
        CmpOp::NotIn => Comparison::NotIn,
    }
}
