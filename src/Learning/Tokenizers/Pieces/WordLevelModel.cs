using System.Collections.Frozen;

namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>Whole words only.</summary>
/// <param name="vocabulary">Ids by word.</param>
/// <param name="unknownId">Stands for a word that is not in the vocabulary.</param>
internal sealed class WordLevelModel(Dictionary<string, int> vocabulary, int unknownId) : IPieceModel
{
    private FrozenSet<int> hidden = [];

    public void Append(string word, List<int> ids) => ids.Add(vocabulary.TryGetValue(word, out int id) && !hidden.Contains(id) ? id : unknownId);

    public IPieceModel Without(IReadOnlySet<int> hidden)
    {
        var other = (WordLevelModel)MemberwiseClone();
        other.hidden = hidden.ToFrozenSet();
        return other;
    }
}
