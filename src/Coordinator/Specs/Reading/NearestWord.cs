namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>The known word that somebody probably meant.</summary>
internal static class NearestWord
{
    /// <returns>Null if none is near: a third of the letters may differ.</returns>
    public static string? Of(string word, IEnumerable<string> known)
    {
        (string? Word, int Distance) best = known
            .Select(candidate => ((string?)candidate, Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(pair => pair.Item2).FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, word.Length / 3) ? best.Word : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string from, string to)
    {
        // Longer words are no misspelling of any setting, and would cost time.
        if (from.Length > 40)
        {
            return int.MaxValue;
        }

        var costs = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                costs[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1, costs[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
                }
            }
        }

        return costs[from.Length, to.Length];
    }
}
