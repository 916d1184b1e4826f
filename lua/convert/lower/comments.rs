//! Comments and empty lines of the source, kept at statements and entries.

use oxc_allocator::Vec as ArenaVec;

use super::Lowerer;
use crate::ir::{Remark, StmtKind};

impl<'a> Lowerer<'a, '_> {
    /// Takes the comments that begin before `end`.
    pub(super) fn take_remarks(&mut self, end: u32) -> &'a [Remark] {
        let first = self.next_comment;
        if self.comments.get(first).is_none_or(|comment| comment.span.start >= end) {
            return &[];
        }
        while self.comments.get(self.next_comment).is_some_and(|comment| comment.span.start < end) {
            self.next_comment += 1;
        }
        let found = (first..self.next_comment).map(|index| self.remark(index));
        ArenaVec::from_iter_in(found, &self.alloc).into_arena_slice()
    }

    fn remark(&self, index: usize) -> Remark {
        let comment = &self.comments[index];
        Remark {
            start: comment.span.start,
            end: comment.span.end,
            block: comment.is_block(),
            gap: self.gap_before(comment.span.start),
        }
    }

    /// Skips comments before `start` without keeping them.
    pub(super) fn skip_comments(&mut self, start: u32) {
        while self.comments.get(self.next_comment).is_some_and(|comment| comment.span.start < start) {
            self.next_comment += 1;
        }
    }

    /// Puts the cursor on the first comment at or behind `start`; returns where it was.
    pub(super) fn seek_comments(&mut self, start: u32) -> usize {
        let at = self.comments.partition_point(|comment| comment.span.start < start);
        std::mem::replace(&mut self.next_comment, at)
    }

    /// Emits the comments and empty lines that stand before `start`.
    pub(super) fn leading_comments(&mut self, start: u32) {
        while self.comments.get(self.next_comment).is_some_and(|comment| comment.span.start < start) {
            let remark = self.remark(self.next_comment);
            self.next_comment += 1;
            if remark.gap {
                self.emit(StmtKind::Blank);
            }
            self.emit(StmtKind::Remark(remark));
        }
        if self.gap_before(start) {
            self.emit(StmtKind::Blank);
        }
    }

    /// Emits a comment that stands behind `end` on the same line.
    pub(super) fn trailing_comment(&mut self, end: u32) {
        if let Some(remark) = self.comment_behind(end) {
            self.emit(StmtKind::Trailing(remark));
        }
    }

    /// Takes the comment that stands behind `end` on the same line, with only punctuation between.
    pub(super) fn comment_behind(&mut self, end: u32) -> Option<Remark> {
        let comment = self.comments.get(self.next_comment)?;
        let between = self.source.get(end as usize..comment.span.start as usize)?;
        if !between.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b';' | b',')) {
            return None;
        }
        let last_on_line = comment.is_line()
            || self.source[comment.span.end as usize..].starts_with(['\n', '\r'])
            || comment.span.end as usize == self.source.len();
        if !last_on_line || self.source[comment.span.start as usize..comment.span.end as usize].contains('\n')
        {
            return None;
        }
        let remark = self.remark(self.next_comment);
        self.next_comment += 1;
        Some(remark)
    }

    /// An empty line stands before `start` in the source.
    fn gap_before(&self, start: u32) -> bool {
        let bytes = self.source.as_bytes();
        let mut lines = 0;
        for index in (0..start as usize).rev() {
            match bytes[index] {
                b'\n' => lines += 1,
                b' ' | b'\t' | b'\r' => {}
                _ => break,
            }
        }
        lines >= 2
    }
}
