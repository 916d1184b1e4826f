//! The file as a whole: the arguments of its chunk, `import` and `export`, what it returns.

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    AssignmentTarget, Declaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, ExportSpecifier,
    Expression, ImportDeclaration, ImportDeclarationSpecifier, ModuleExportName, Program, Statement,
    VariableDeclarationKind,
};
use oxc_semantic::Scoping;
use oxc_span::GetSpan;
use oxc_syntax::operator::AssignmentOperator;
use oxc_syntax::symbol::SymbolId;

use super::function::{FunctionContext, Place, Role};
use super::loops::bound_symbols;
use super::{Binding, Lowerer};
use crate::Form;
use crate::ir::{Block, Ex, Func, Kind, Stmt, StmtKind};
use crate::types::{Effect, Types};

/// What is known of the module around the code.
#[derive(Default)]
pub(super) struct ModuleState<'a> {
    /// Arguments of the chunk that the code uses.
    used: [bool; ARGUMENTS.len()],
    /// Variables bound by `import`, with the expression that reads them.
    imports: Vec<(SymbolId, Ex<'a>)>,
    exported: Vec<SymbolId>,
    /// Locals that hold the string arrays of tagged templates.
    pub(super) template_sites: Vec<&'a str>,
    /// The local that holds the default export.
    default: Option<&'a str>,
}

const ARGUMENTS: [&str; 5] = ["module", "exports", "require", "__filename", "__dirname"];

impl<'a> ModuleState<'a> {
    /// Notes that an argument of the chunk is used.
    pub(super) fn uses(&mut self, name: &str) {
        if let Some(index) = ARGUMENTS.iter().position(|argument| *argument == name) {
            self.used[index] = true;
        }
    }

    pub(super) fn import_of(&self, symbol: SymbolId) -> Option<Ex<'a>> {
        self.imports.iter().find(|(found, _)| *found == symbol).map(|(_, value)| *value)
    }

    pub(super) fn is_exported(&self, symbol: SymbolId) -> bool {
        self.exported.contains(&symbol)
    }

    /// `local template_site = {}` for every tagged template.
    pub(super) fn template_site_locals(&self, alloc: &'a Allocator) -> Vec<Stmt<'a>> {
        let empty = Ex::new(Kind::Table(&[]), Types::OBJECT, Effect::None);
        self.template_sites
            .iter()
            .map(|site| {
                let kind =
                    StmtKind::Local(alloc.alloc_slice_copy(&[*site]), alloc.alloc_slice_copy(&[empty]));
                Stmt { kind, start: u32::MAX }
            })
            .collect()
    }
}

impl<'a> Lowerer<'a, '_> {
    /// Lowers the whole file.
    pub(super) fn program(&mut self, program: &'a Program<'a>) -> Block<'a> {
        self.functions.push(FunctionContext::new(Role::Chunk));
        let is_module = self.options.form == Form::EsModule;
        if is_module {
            self.module_head(&program.body);
        } else if self.facts.frames[0].variables > 100 {
            self.spill_vars(self.scoping.root_scope_id());
        }
        let (body, result) = match self.only_result(&program.body) {
            Some((rest, value)) => (rest, Some(value)),
            None => (program.body.as_slice(), None),
        };
        let end = result.map_or(program.span.end, |value| value.span().start);
        self.declare_script_globals();
        self.statements(body, end);
        match result {
            Some(value) => self.return_result(value, program.span.end),
            None => self.return_exports(),
        }
        self.finish(is_module)
    }

    /// Everything that goes before the body.
    fn finish(&mut self, is_module: bool) -> Block<'a> {
        let hoisted = self.functions.last_mut().map(|function| std::mem::take(&mut function.hoisted));
        self.insert_hoisted(0, &hoisted.unwrap_or_default());
        if is_module && self.has_top_level_await {
            self.wrap_waiting();
        }
        let sites = self.module.template_site_locals(self.alloc);
        self.out.splice(0..0, sites);
        let mut head = Vec::new();
        if self.is_strict() || self.mentions_strictness() {
            let call = self.helper("use_strict", &[], Types::ANY);
            head.push(Stmt { kind: StmtKind::Call(call), start: u32::MAX });
        }
        head.extend(self.chunk_arguments());
        head.extend(self.chunk_identity());
        self.out.splice(0..0, head);
        super::drop_dead_code(&mut self.out);
        let body = std::mem::take(&mut self.out);
        self.alloc.alloc_slice_copy(&body)
    }

    /// Some function may be strict by its own word (classes always are).
    fn mentions_strictness(&self) -> bool {
        self.scoping
            .scope_descendants_from_root()
            .any(|scope| self.scoping.scope_flags(scope).is_strict_mode())
            && self.source.contains("use strict")
    }

    /// `local module, exports = ...` with those that are used.
    fn chunk_arguments(&self) -> Option<Stmt<'a>> {
        let count = self.module.used.iter().rposition(|used| *used)? + 1;
        let shadow = if self.facts.underscore { "_unused" } else { "_" };
        let names: Vec<&'a str> = ARGUMENTS[..count]
            .iter()
            .zip(self.module.used)
            .map(|(name, used)| if used { *name } else { shadow })
            .collect();
        let dots = Ex::new(Kind::Vararg, Types::ANY, Effect::Read);
        let kind = StmtKind::Local(self.alloc.alloc_slice_copy(&names), self.list(&[dots]));
        Some(Stmt { kind, start: u32::MAX })
    }

    /// A module that waits runs as an async function.
    fn wrap_waiting(&mut self) {
        let body = std::mem::take(&mut self.out);
        let body = self.alloc.alloc_slice_copy(&body);
        let parameters = self.alloc.alloc_slice_copy(&["_"]);
        let function = self.alloc.alloc(Func { parameters, vararg: false, body });
        let function = Ex::new(Kind::Function(function), Types::OBJECT, Effect::None);
        let wrapped = self.helper("async", &[function], Types::OBJECT);
        let call = self.call_of(wrapped, &[Ex::NIL]);
        let values = self.list(&[call]);
        self.position = u32::MAX;
        self.emit(StmtKind::Return(values));
    }

    /// `var`s of a script exist from the start.
    fn declare_script_globals(&mut self) {
        if self.options.form != Form::Script {
            return;
        }
        let mut symbols: Vec<SymbolId> =
            self.scoping.get_bindings(self.scoping.root_scope_id()).values().copied().collect();
        symbols.retain(|symbol| self.is_script_global(*symbol));
        symbols.sort_by_key(|symbol| symbol.index());
        for symbol in symbols {
            self.bindings[symbol.index()] = Binding::Declared;
            let name = Ex::string(self.text(self.scoping.symbol_name(symbol)));
            let call = self.helper("declare_global", &[name], Types::ANY);
            self.emit(StmtKind::Call(call));
        }
    }

    /// `CommonJS` whose only use of `module` and `exports` is a last statement `module.exports = value`.
    fn only_result(&self, body: &'a [Statement<'a>]) -> Option<(&'a [Statement<'a>], &'a Expression<'a>)> {
        if self.options.form != Form::CommonJs || uses_module(self.scoping) != 1 {
            return None;
        }
        let (last, rest) = body.split_last()?;
        let Statement::ExpressionStatement(last) = last else { return None };
        let Expression::AssignmentExpression(assignment) = &last.expression else { return None };
        let AssignmentTarget::StaticMemberExpression(target) = &assignment.left else { return None };
        let Expression::Identifier(object) = &target.object else { return None };
        let is_result = object.name == "module"
            && target.property.name == "exports"
            && assignment.operator == AssignmentOperator::Assign
            && self.symbol_of(object).is_none();
        is_result.then_some((rest, &assignment.right))
    }

    fn return_result(&mut self, value: &'a Expression<'a>, end: u32) {
        let start = value.span().start;
        self.leading_comments(start);
        self.position = start;
        let value = self.expression(value);
        self.position = start;
        let values = self.list(&[value]);
        self.emit(StmtKind::Return(values));
        self.position = u32::MAX;
        self.leading_comments(end);
        if matches!(self.out.last().map(|last| last.kind), Some(StmtKind::Blank)) {
            self.out.pop();
        }
    }

    fn return_exports(&mut self) {
        let plain = self.options.form == Form::CommonJs && uses_module(self.scoping) > 0;
        let ends = super::loops::ends_in_jump(&self.out);
        if plain && !ends {
            self.module.uses("module");
            let exports = self.field(Ex::fixed("module", Types::OBJECT), "exports");
            let values = self.list(&[exports]);
            self.position = u32::MAX;
            self.emit(StmtKind::Return(values));
        }
    }

    // ---- ES modules ----

    /// Exports are registered before imports run: modules may import each other.
    fn module_head(&mut self, body: &'a [Statement<'a>]) {
        for statement in body {
            if let Statement::ImportDeclaration(import) = statement {
                self.bind_import(import);
            }
        }
        let mut exports: Vec<(&'a str, SymbolId)> = Vec::new();
        for statement in body {
            self.collect_exports(statement, &mut exports);
        }
        let own = exports.iter().map(|(_, symbol)| *symbol);
        self.module.exported = own.filter(|symbol| self.module.import_of(*symbol).is_none()).collect();
        let mut plain: Vec<&'a str> = Vec::new();
        for (_, symbol) in &exports {
            self.forward_exported(*symbol, &mut plain);
        }
        if body.iter().any(is_default_value) {
            let name = self.unique("default_export");
            self.module.default = Some(name);
            plain.push(name);
        }
        if !plain.is_empty() {
            let names = self.alloc.alloc_slice_copy(&plain);
            self.emit(StmtKind::Local(names, &[]));
        }
        for (name, symbol) in &exports {
            let value = self.export_value(*symbol);
            self.emit_export(name, value);
        }
        if let Some(name) = self.module.default {
            self.emit_export("default", Ex::new(Kind::Name(name, None), Types::ANY, Effect::Read));
        }
        self.reexports(body);
        self.import_all(body);
    }

    fn forward_exported(&mut self, symbol: SymbolId, plain: &mut Vec<&'a str>) {
        if self.bindings[symbol.index()] != Binding::Unseen || self.module.import_of(symbol).is_some() {
            return;
        }
        let flags = self.scoping.symbol_flags(symbol);
        let name = self.name_of(symbol);
        if flags.is_function() || flags.is_function_scoped_declaration() {
            self.bindings[symbol.index()] = Binding::Declared;
            plain.push(name);
            return;
        }
        self.bindings[symbol.index()] = Binding::Checked;
        let unset = Ex::new(Kind::HelperValue("TDZ"), Types::ANY, Effect::None);
        self.emit_local(name, Some(unset));
    }

    fn export_value(&mut self, symbol: SymbolId) -> Ex<'a> {
        if let Some(import) = self.module.import_of(symbol) {
            return import;
        }
        let value = self.variable(symbol);
        if self.bindings[symbol.index()] != Binding::Checked {
            return value;
        }
        let name = Ex::string(self.text(self.scoping.symbol_name(symbol)));
        Ex::new(Kind::Helper("tdz", self.list(&[value, name])), Types::ANY, Effect::Property)
    }

    /// `js.export(exports, "name", function() return value end)`
    fn emit_export(&mut self, name: &'a str, value: Ex<'a>) {
        self.module.uses("exports");
        let values = self.list(&[value]);
        let body = self.alloc.alloc_slice_copy(&[Stmt { kind: StmtKind::Return(values), start: u32::MAX }]);
        let getter = self.alloc.alloc(Func { parameters: &[], vararg: false, body });
        let getter = Ex::new(Kind::Function(getter), Types::OBJECT, Effect::None);
        let exports = Ex::fixed("exports", Types::OBJECT);
        let call = self.helper("export", &[exports, Ex::string(name), getter], Types::ANY);
        self.emit(StmtKind::Call(call));
    }

    fn collect_exports(&self, statement: &'a Statement<'a>, exports: &mut Vec<(&'a str, SymbolId)>) {
        match statement {
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(function) => {
                    exports.extend(
                        function.id.as_ref().and_then(|id| Some((id.name.as_str(), id.symbol_id.get()?))),
                    );
                }
                Declaration::ClassDeclaration(class) => {
                    exports.extend(
                        class.id.as_ref().and_then(|id| Some((id.name.as_str(), id.symbol_id.get()?))),
                    );
                }
                Declaration::VariableDeclaration(declaration) => {
                    let mut symbols = Vec::new();
                    for declarator in &declaration.declarations {
                        bound_symbols(&declarator.id, &mut symbols);
                    }
                    exports.extend(
                        symbols
                            .into_iter()
                            .map(|symbol| (self.text(self.scoping.symbol_name(symbol)), symbol)),
                    );
                }
                _ => {}
            },
            Statement::ExportNamedDeclaration(export) => {
                exports.extend(export.specifiers.iter().filter_map(|found| {
                    let ModuleExportName::IdentifierReference(local) = &found.local else { return None };
                    Some((export_name(&found.exported), self.symbol_of(local)?))
                }));
            }
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    exports
                        .extend(function.id.as_ref().and_then(|id| Some(("default", id.symbol_id.get()?))));
                }
                ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                    exports.extend(class.id.as_ref().and_then(|id| Some(("default", id.symbol_id.get()?))));
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Names the local of an imported module and how its bindings are read.
    fn bind_import(&mut self, import: &'a ImportDeclaration<'a>) {
        let Some(specifiers) = &import.specifiers else { return };
        if specifiers.is_empty() {
            return;
        }
        let stem = module_stem(import.source.value.as_str());
        let local = self.unique(&stem);
        let namespace = Ex::fixed(local, Types::OBJECT);
        for specifier in specifiers {
            let (symbol, value) = match specifier {
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(found) => {
                    (found.local.symbol_id.get(), namespace)
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(found) => {
                    (found.local.symbol_id.get(), self.named_member(namespace, "default"))
                }
                ImportDeclarationSpecifier::ImportSpecifier(found) => {
                    (found.local.symbol_id.get(), self.named_member(namespace, export_name(&found.imported)))
                }
            };
            if let Some(symbol) = symbol {
                self.module.imports.push((symbol, value));
            }
        }
        self.names_of_imports.push((import.span.start, local));
    }

    /// `local lib = js.import(require, "./lib.js", "names")` for every import, in order.
    fn import_all(&mut self, body: &'a [Statement<'a>]) {
        for statement in body {
            let (source, local, names) = match statement {
                Statement::ImportDeclaration(import) => {
                    let local = self.names_of_imports.iter().find(|(at, _)| *at == import.span.start);
                    (&import.source, local.map(|(_, name)| *name), imported_names(import))
                }
                _ => continue,
            };
            self.leading_comments(statement.span().start);
            self.position = statement.span().start;
            let made = self.import_call(source.value.as_str(), &names);
            match local {
                Some(local) => self.emit_local(local, Some(made)),
                None => self.emit(StmtKind::Call(made)),
            }
            self.trailing_comment(statement.span().end);
        }
    }

    fn import_call(&mut self, specifier: &'a str, names: &str) -> Ex<'a> {
        self.module.uses("require");
        let mut arguments = vec![Ex::fixed("require", Types::OBJECT), Ex::string(specifier)];
        if !names.is_empty() {
            arguments.push(Ex::string(self.text(names)));
        }
        self.helper("import", &arguments, Types::OBJECT)
    }

    /// `export … from`: the module is imported, and its members are passed on.
    fn reexports(&mut self, body: &'a [Statement<'a>]) {
        for statement in body {
            match statement {
                Statement::ExportFromDeclaration(export) => {
                    let local = self.unique(&module_stem(export.source.value.as_str()));
                    let names: Vec<&str> = export
                        .specifiers
                        .iter()
                        .map(|found: &ExportSpecifier<'a>| export_name(&found.local))
                        .collect();
                    self.position = export.span.start;
                    let made = self.import_call(export.source.value.as_str(), &names.join(" "));
                    self.emit_local(local, Some(made));
                    for found in &export.specifiers {
                        let value =
                            self.named_member(Ex::fixed(local, Types::OBJECT), export_name(&found.local));
                        self.emit_export(export_name(&found.exported), value);
                    }
                }
                Statement::ExportAllDeclaration(export) => {
                    self.position = export.span.start;
                    let made = self.import_call(export.source.value.as_str(), "");
                    self.module.uses("exports");
                    let exports = Ex::fixed("exports", Types::OBJECT);
                    if let Some(exported) = &export.exported {
                        let local = self.unique(&module_stem(export.source.value.as_str()));
                        self.emit_local(local, Some(made));
                        self.emit_export(export_name(exported), Ex::fixed(local, Types::OBJECT));
                    } else {
                        let call = self.helper("export_all", &[exports, made], Types::ANY);
                        self.emit(StmtKind::Call(call));
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn module_statement(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(function) => self.function_declaration(function),
                Declaration::ClassDeclaration(class) => self.class_declaration(class),
                Declaration::VariableDeclaration(declaration) => self.variable_declaration(declaration),
                _ => {}
            },
            Statement::ExportDefaultDeclaration(export) => self.export_default(export),
            _ => {}
        }
    }

    fn export_default(&mut self, export: &'a ExportDefaultDeclaration<'a>) {
        let value = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                if function.id.is_some() {
                    self.function_declaration(function);
                    return;
                }
                self.function_expression(function, "default", Place::Anonymous)
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                if class.id.is_some() {
                    self.class_declaration(class);
                    return;
                }
                self.class_expression(class, "default")
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return,
            other => self.named_value(other.to_expression(), "default", Place::Anonymous),
        };
        let _ = VariableDeclarationKind::Const;
        if let Some(name) = self.module.default {
            self.emit(StmtKind::Assign(Ex::fixed(name, Types::ANY), value));
        }
    }
}

/// `export default` of a value without a name of its own.
fn is_default_value(statement: &Statement<'_>) -> bool {
    let Statement::ExportDefaultDeclaration(export) = statement else { return false };
    match &export.declaration {
        ExportDefaultDeclarationKind::FunctionDeclaration(function) => function.id.is_none(),
        ExportDefaultDeclarationKind::ClassDeclaration(class) => class.id.is_none(),
        _ => true,
    }
}

/// How often the code mentions `module` or `exports`.
fn uses_module(scoping: &Scoping) -> usize {
    let unresolved = scoping.root_unresolved_references();
    unresolved
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "module" | "exports"))
        .map(|(_, references)| references.len())
        .sum()
}

fn export_name<'a>(name: &'a ModuleExportName<'a>) -> &'a str {
    match name {
        ModuleExportName::IdentifierName(name) => name.name.as_str(),
        ModuleExportName::IdentifierReference(name) => name.name.as_str(),
        ModuleExportName::StringLiteral(text) => text.value.as_str(),
    }
}

fn imported_names(import: &ImportDeclaration<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for specifier in import.specifiers.iter().flatten() {
        match specifier {
            ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => names.push("default"),
            ImportDeclarationSpecifier::ImportSpecifier(found) => names.push(export_name(&found.imported)),
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => {}
        }
    }
    names.join(" ")
}

/// A variable name for a module: `./lib/tools.js` → `tools`.
fn module_stem(specifier: &str) -> String {
    let last = specifier.rsplit('/').next().unwrap_or(specifier);
    let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or("module");
    let stem = stem.strip_prefix("node:").unwrap_or(stem);
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("module_{name}") } else { name };
    crate::names::mangle(&format!("{name}_module")).into_owned()
}
