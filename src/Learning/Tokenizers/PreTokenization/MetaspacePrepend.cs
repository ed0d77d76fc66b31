namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Where a mark is put before text that has none.</summary>
internal enum MetaspacePrepend
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>At the start of the whole text.</summary>
    First,

    /// <summary>There, and after every added token.</summary>
    Always,
}
