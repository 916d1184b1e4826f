//! Destructuring: what declarations and assignments share, and assignment patterns.

use oxc_ast::ast::{
    ArrayAssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetPattern, AssignmentTargetProperty,
    ObjectAssignmentTarget, PropertyKey,
};

use super::Lowerer;
use super::assign::Slot;
use crate::ir::{Ex, StmtKind};
use crate::types::Types;

impl<'a> Lowerer<'a, '_> {
    /// Patterns that read no property by a plain name must check the object themselves.
    pub(super) const fn needs_object_check(reads_first: bool) -> bool {
        !reads_first
    }

    /// Reads a property for a pattern; returns its value and its key.
    pub(super) fn pattern_member(
        &mut self,
        source: Ex<'a>,
        key: &'a PropertyKey<'a>,
        computed: bool,
        keep_key: bool,
    ) -> (Ex<'a>, Ex<'a>) {
        let mut key = self.key_of(key, computed);
        if computed && keep_key {
            key = self.settled_fixed(key, "key");
        }
        let value = self.item(source, key);
        (value, key)
    }

    /// The object of all properties not named before.
    pub(super) fn object_rest(&mut self, source: Ex<'a>, seen: &[Ex<'a>]) -> Ex<'a> {
        let mut arguments = vec![source];
        arguments.extend_from_slice(seen);
        self.helper("object_rest", &arguments, Types::OBJECT)
    }

    pub(super) fn iterator_call(&self, iterator: Ex<'a>, method: &'a str) -> Ex<'a> {
        self.method_of(iterator, method, &[])
    }

    pub(super) fn assign_pattern(&mut self, pattern: &'a AssignmentTargetPattern<'a>, value: Ex<'a>) {
        match pattern {
            AssignmentTargetPattern::ObjectAssignmentTarget(object) => self.assign_object(object, value),
            AssignmentTargetPattern::ArrayAssignmentTarget(array) => self.assign_array(array, value),
        }
    }

    fn assign_object(&mut self, object: &'a ObjectAssignmentTarget<'a>, value: Ex<'a>) {
        let source = self.settled_fixed(value, "object");
        let reads_first = match object.properties.first() {
            Some(AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(_)) => true,
            Some(AssignmentTargetProperty::AssignmentTargetPropertyProperty(found)) => {
                !found.computed
                    && matches!(&found.binding, AssignmentTargetMaybeDefault::AssignmentTargetIdentifier(_))
            }
            None => false,
        };
        if Self::needs_object_check(reads_first) {
            let check = self.helper("require_object", &[source], Types::ANY);
            self.emit(StmtKind::Call(check));
        }
        let mut seen = Vec::new();
        for property in &object.properties {
            match property {
                AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(found) => {
                    let key = Ex::string(found.binding.name.as_str());
                    seen.push(key);
                    let mut value = self.item(source, key);
                    if let Some(default) = &found.init {
                        value = self.with_default(value, default, Some(found.binding.name.as_str()));
                    }
                    self.write_variable(&found.binding, value);
                }
                AssignmentTargetProperty::AssignmentTargetPropertyProperty(found) => {
                    let mut key = self.key_of(&found.name, found.computed);
                    if found.computed {
                        key = self.settled_fixed(key, "key");
                    }
                    seen.push(key);
                    self.assign_element(&found.binding, |lowerer| lowerer.item(source, key));
                }
            }
        }
        if let Some(rest) = &object.rest {
            let slot = self.early_slot(&rest.target);
            let value = self.object_rest(source, &seen);
            match slot {
                Some(slot) => self.write_slot(slot, value),
                None => self.assign_target(&rest.target, value),
            }
        }
    }

    fn assign_array(&mut self, array: &'a ArrayAssignmentTarget<'a>, value: Ex<'a>) {
        let iterator = self.helper("iterate", &[value], Types::OBJECT);
        let iterator = self.store(iterator, "iterator");
        for element in &array.elements {
            if let Some(element) = element {
                self.assign_element(element, |lowerer| lowerer.iterator_call(iterator, "next_value"));
            } else {
                let next = self.iterator_call(iterator, "next_value");
                self.emit(StmtKind::Call(next));
            }
        }
        if let Some(rest) = &array.rest {
            let slot = self.early_slot(&rest.target);
            let value = self.iterator_call(iterator, "rest");
            match slot {
                Some(slot) => self.write_slot(slot, value),
                None => self.assign_target(&rest.target, value),
            }
        } else {
            let close = self.iterator_call(iterator, "close");
            self.emit(StmtKind::Call(close));
        }
    }

    /// Evaluates the target, then reads the value, then the default, then stores.
    fn assign_element(
        &mut self,
        element: &'a AssignmentTargetMaybeDefault<'a>,
        read: impl FnOnce(&mut Self) -> Ex<'a>,
    ) {
        let (target, default) = match element {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(found) => {
                (&found.binding, Some(&found.init))
            }
            other => (other.to_assignment_target(), None),
        };
        let slot = self.early_slot(target);
        let mut value = read(self);
        if let Some(default) = default {
            let name = match slot {
                Some(Slot::Variable(name)) => Some(name.name.as_str()),
                _ => None,
            };
            value = self.with_default(value, default, name);
        }
        match slot {
            Some(slot) => self.write_slot(slot, value),
            None => self.assign_target(target, value),
        }
    }
}
