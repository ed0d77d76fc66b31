using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>Matching whatever the case, where one character may stand for several: <c>ß</c> for <c>ss</c>.</summary>
internal static class FoldedText
{
    /// <summary>Ways that a run of letters may be written; more are refused.</summary>
    private const int MaxBranches = 1000;

    /// <summary>Items in a row, letters among them made to match in any case.</summary>
    /// <param name="items">The items; runs of <see cref="PatternNode.Folded"/> count as one text.</param>
    /// <param name="foldsSequences">Whether one character may match several; Oniguruma does not do so where it looks back.</param>
    /// <exception cref="InvalidDataException">There are too many ways to write a run.</exception>
    public static PatternNode Sequence(IReadOnlyList<PatternNode> items, bool foldsSequences)
    {
        var sequence = new List<PatternNode>();
        for (int i = 0; i < items.Count;)
        {
            int[] run = [.. items.Skip(i).TakeWhile(item => item is PatternNode.Folded).Select(item => ((PatternNode.Folded)item).CodePoint)];
            if (run.Length == 0)
            {
                sequence.Add(items[i++]);
                continue;
            }

            int branches = 0;
            sequence.AddRange(foldsSequences
                ? Run([.. run.SelectMany(CaseFolding.Instance.Fold)], 0, ref branches)
                : run.Select(codePoint => new PatternNode.Characters(CaseFolding.Instance.Equivalents(codePoint))));
            i += run.Length;
        }

        return sequence is [var only] ? only : new PatternNode.Sequence(sequence);
    }

    /// <summary>A class in any case; what several characters stand for, they match too.</summary>
    public static PatternNode Class(CodePointSet inner, bool negated, bool foldsSequences)
    {
        CodePointSet closed = CaseFolding.Instance.Close(inner);
        if (negated)
        {
            return new PatternNode.Characters(closed.Complement());
        }

        PatternNode[] sequences = !foldsSequences
            ? []
            : [.. CaseFolding.Instance.Sequences
                .Where(sequence => Array.Exists(sequence.Characters, inner.Contains))
                .Select(sequence => new PatternNode.Sequence([.. sequence.Folding.Select(Either)]))];
        return sequences.Length == 0
            ? new PatternNode.Characters(closed)
            : new PatternNode.Choice([new PatternNode.Characters(closed), .. sequences]);
    }

    private static List<PatternNode> Run(int[] folded, int from, ref int branches)
    {
        var items = new List<PatternNode>();
        for (int at = from; at < folded.Length; at++)
        {
            int here = at;
            (int[] Folding, int[] Characters)[] shorter =
                [.. CaseFolding.Instance.Sequences.Where(sequence => folded.AsSpan(here).StartsWith(sequence.Folding))];
            if (shorter.Length == 0)
            {
                items.Add(Either(folded[at]));
                continue;
            }

            if ((branches += shorter.Length + 1) > MaxBranches)
            {
                throw new InvalidDataException($"a pattern without case has over {MaxBranches} ways to write a run of letters, which is the most.");
            }

            var choices = new List<PatternNode>();
            foreach ((int[] folding, int[] characters) in shorter)
            {
                choices.Add(new PatternNode.Sequence(
                    [new PatternNode.Characters(CodePointSet.Of(characters)), .. Run(folded, at + folding.Length, ref branches)]));
            }

            choices.Add(new PatternNode.Sequence([Either(folded[at]), .. Run(folded, at + 1, ref branches)]));
            items.Add(new PatternNode.Choice(choices));
            return items;
        }

        return items;
    }

    private static PatternNode.Characters Either(int codePoint) => new(CaseFolding.Instance.Equivalents(codePoint));
}
