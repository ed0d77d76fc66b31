using System.Globalization;

namespace EdgeFlora.Learning.Generation;

/// <summary>How texts are continued.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to write after a prompt; ≥ 1.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>What scores are divided by before the draw; 0 takes the most probable token every time.</summary>
    public double Temperature { get; init; }

    /// <summary>Draw among so many most probable tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Draw among the fewest most probable tokens that have this much probability together (arXiv 1904.09751); 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Texts to write for each prompt; ≥ 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Writing ends before any of these.</summary>
    public IReadOnlyList<string> StopTexts { get; init; } = [];

    /// <summary>Whether writing ends at a token that ends a text, of which chat models have several.</summary>
    public bool StopsAtEnd { get; init; } = true;

    public ulong Seed { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(MaxNewTokens >= 1, nameof(MaxNewTokens), MaxNewTokens, "at least 1");
        Require(Temperature is >= 0 and <= 100, nameof(Temperature), Temperature, "from 0 to 100");
        Require(TopK >= 0, nameof(TopK), TopK, "0 or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(Samples is >= 1 and <= 10_000, nameof(Samples), Samples, "from 1 to 10000");
        Require(Temperature > 0 || Samples == 1, nameof(Samples), Samples, "1 at temperature 0, where all samples would be the same");
        if (StopTexts.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException($"{nameof(StopTexts)} holds an empty text; a text to stop before has at least one character.");
        }
    }

    private static void Require(bool condition, string setting, double value, string right)
    {
        if (!condition)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{setting} is {value}; it must be {right}."));
        }
    }
}
