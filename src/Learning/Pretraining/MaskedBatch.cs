using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>
/// Sequences in which 15 % of the words are to be guessed, at least one each: of these 80 % show the mask, 10 % another word and 10 % themselves
/// (arXiv 1810.04805, section 3.1).
/// </summary>
internal sealed class MaskedBatch(WordPieceTokenizer tokenizer)
{
    private readonly List<int[]> sequences = [];
    private readonly List<(int Position, int Word)[]> targets = [];

    /// <summary>The sequences as the model sees them.</summary>
    public IReadOnlyList<int[]> Sequences => sequences;

    /// <summary>Masked positions of all sequences.</summary>
    public int TargetCount { get; private set; }

    /// <summary>Masked positions of one sequence, in order, with the words that stood there.</summary>
    public ReadOnlySpan<(int Position, int Word)> Targets(int sequence) => targets[sequence];

    /// <summary>Replaces the batch by the chosen sequences, masked by <paramref name="random"/>.</summary>
    public void Draw(IReadOnlyList<int[]> all, ReadOnlySpan<int> chosen, SeededRandom random)
    {
        sequences.Clear();
        targets.Clear();
        TargetCount = 0;
        foreach (int index in chosen)
        {
            int[] masked = [.. all[index]];
            targets.Add(Mask(masked, random));
            sequences.Add(masked);
            TargetCount += targets[^1].Length;
        }
    }

    /// <summary>Masks a sequence [CLS] words [SEP] in place.</summary>
    private (int Position, int Word)[] Mask(int[] sequence, SeededRandom random)
    {
        int words = sequence.Length - 2;
        int count = Math.Max(1, (int)Math.Round(0.15 * words, MidpointRounding.AwayFromZero));
        int[] positions = [.. Enumerable.Range(1, words)];
        random.Shuffle<int>(positions);
        Array.Resize(ref positions, Math.Min(count, words));
        Array.Sort(positions);
        var result = new (int Position, int Word)[positions.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (positions[i], sequence[positions[i]]);
            double chance = random.NextDouble();
            if (chance < 0.8)
            {
                sequence[positions[i]] = tokenizer.MaskId;
            }
            else if (chance < 0.9)
            {
                sequence[positions[i]] = random.NextInt(tokenizer.VocabularySize);
            }
        }

        return result;
    }
}
