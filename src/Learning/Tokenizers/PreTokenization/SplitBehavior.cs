namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>What becomes of the delimiters at which text is divided; the names are those of <c>tokenizer.json</c>.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a word of its own.</summary>
    Isolated,

    /// <summary>Each ends the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the word after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring delimiters are one word.</summary>
    Contiguous,
}
