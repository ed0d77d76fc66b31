namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>The normalization forms of Unicode Standard Annex 15.</summary>
internal enum UnicodeForm
{
    /// <summary>Canonical decomposition.</summary>
    Nfd,

    /// <summary>Canonical decomposition, then composition.</summary>
    Nfc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,

    /// <summary>Compatibility decomposition, then canonical composition.</summary>
    Nfkc,
}
