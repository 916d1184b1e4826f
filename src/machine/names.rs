//! Names of adapters as scripts test them: lower case, the vendor in front, a space before the number.
//!
//! Must not know: where a name came from.

/// `NVIDIA GeForce RTX4090` → `nvidia geforce rtx 4090`. Scripts look for ` 50.+` or ` (10|16)\d+`, with the space.
pub(crate) fn model(vendor: &str, marketing_name: &str) -> String {
    let lower = marketing_name.trim().to_lowercase();
    let named =
        if vendor.is_empty() || lower.starts_with(vendor) { lower } else { format!("{vendor} {lower}") };
    spaced(&named)
}

/// Puts a blank between `rtx`, `gtx` or `rx` and the digits that follow directly.
fn spaced(name: &str) -> String {
    let apart = |word: &str| {
        let digits = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
        match word.split_at(digits) {
            (series @ ("rtx" | "gtx" | "gt" | "rx" | "quadro"), number) if !number.is_empty() => {
                format!("{series} {number}")
            }
            _ => word.to_owned(),
        }
    };
    name.split_whitespace().map(apart).collect::<Vec<_>>().join(" ")
}

/// The name scripts compare and the vendor's text for a PCI vendor number.
pub(crate) fn vendor_of_pci(id: u32) -> (&'static str, &'static str) {
    match id {
        0x10de => ("nvidia", "NVIDIA Corporation"),
        0x1002 | 0x1022 => ("amd", "Advanced Micro Devices, Inc."),
        0x106b => ("apple", "Apple"),
        0x8086 => ("intel corporation", "Intel Corporation"),
        0x1a03 => ("aspeed technology, inc.", "ASPEED Technology, Inc."),
        0x1af4 | 0x1b36 => ("red hat, inc.", "Red Hat, Inc."),
        0x15ad => ("vmware", "VMware"),
        0x1414 => ("microsoft corporation", "Microsoft Corporation"),
        0x1013 => ("cirrus logic", "Cirrus Logic"),
        0x1d0f => ("amazon.com, inc.", "Amazon.com, Inc."),
        0x102b => ("matrox electronics systems ltd.", "Matrox Electronics Systems Ltd."),
        _ => ("unknown", "unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_vendor_in_front_and_a_space_before_the_number() {
        assert_eq!(model("nvidia", "NVIDIA GeForce RTX 5090"), "nvidia geforce rtx 5090");
        assert_eq!(model("nvidia", "GeForce RTX4090 Laptop GPU"), "nvidia geforce rtx 4090 laptop gpu");
        assert_eq!(model("nvidia", "Tesla T4"), "nvidia tesla t4");
        assert_eq!(model("nvidia", "NVIDIA H100 80GB HBM3"), "nvidia h100 80gb hbm3");
        assert_eq!(model("amd", "AMD Radeon RX 7900 XTX"), "amd radeon rx 7900 xtx");
        assert_eq!(model("", "  Virtio  GPU "), "virtio gpu");
    }
}
