namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>Places in a text that a pattern can ask for.</summary>
internal enum PatternPlace
{
    /// <summary>Where the text begins.</summary>
    TextStart,

    /// <summary>Where it ends.</summary>
    TextEnd,

    /// <summary>Where the search began.</summary>
    SearchStart,
}
