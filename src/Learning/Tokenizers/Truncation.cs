namespace EdgeFlora.Learning.Tokenizers;

/// <summary>How a pair that is too long is cut.</summary>
internal static class Truncation
{
    /// <summary>Tokens kept of each text: the longer loses first; where both are too long, the first text keeps the odd token.</summary>
    /// <param name="first">Tokens of the first text.</param>
    /// <param name="second">Tokens of the second.</param>
    /// <param name="budget">Tokens there is room for.</param>
    public static (int First, int Second) Fit(int first, int second, int budget)
    {
        if (first + second <= budget)
        {
            return (first, second);
        }

        int kept = Math.Min(first, Math.Max(budget - second, (budget + 1) / 2));
        return (kept, Math.Min(second, budget - kept));
    }
}
