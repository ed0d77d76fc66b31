namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>Divides a word into the pieces of a vocabulary. Immutable and thread-safe.</summary>
internal interface IPieceModel
{
    /// <summary>Appends the ids of a word's pieces.</summary>
    /// <param name="word">Valid UTF-16.</param>
    /// <param name="ids">What to append to.</param>
    void Append(string word, List<int> ids);

    /// <summary>This model without some of its pieces; all else is shared.</summary>
    /// <param name="hidden">Ids that words have no pieces with.</param>
    IPieceModel Without(IReadOnlySet<int> hidden);
}
