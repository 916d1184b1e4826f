//! The converter as the VM wants it.
//!
//! Must not know: what is converted.

use pino_convert::{Conversion, Form, Options, Severity};
use pino_vm::{ConvertFailure, Converted, Converter, LineMap, ModuleForm};

/// JavaScript → Luau for the VM.
#[derive(Clone, Copy, Debug, Default)]
pub struct PinoConverter;

impl Converter for PinoConverter {
    fn convert(&self, source: &str, path: &str, form: ModuleForm) -> Result<Converted, Box<ConvertFailure>> {
        let form = match form {
            ModuleForm::CommonJs => Form::CommonJs,
            ModuleForm::EsModule => Form::EsModule,
            ModuleForm::Script => Form::Script,
            ModuleForm::Auto => Form::Auto,
        };
        finish(pino_convert::convert(source, path, &Options { form, ..Options::default() }))
    }

    fn convert_expression(&self, source: &str, names: &[&str]) -> Result<Converted, Box<ConvertFailure>> {
        finish(pino_convert::convert_expression(source, names))
    }
}

fn finish(conversion: Conversion) -> Result<Converted, Box<ConvertFailure>> {
    let Conversion { lua, map, diagnostics, form, strict, has_top_level_await } = conversion;
    let Some(lua) = lua else { return Err(Box::new(failure(diagnostics))) };
    let form = match form {
        Form::EsModule => ModuleForm::EsModule,
        Form::Script => ModuleForm::Script,
        Form::CommonJs | Form::Auto => ModuleForm::CommonJs,
    };
    let map = LineMap::new(move |line| map.lookup(line));
    Ok(Converted { lua, map, form, top_level_await: has_top_level_await, strict })
}

fn failure(diagnostics: Vec<pino_convert::Diagnostic>) -> ConvertFailure {
    let first = diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    first.map_or_else(
        || ConvertFailure {
            message: "the text is no JavaScript".into(),
            line: 1,
            column: 1,
            report: String::new(),
        },
        |first| ConvertFailure {
            message: first.message.clone(),
            line: first.line,
            column: first.column,
            report: first.render(false),
        },
    )
}
