using EdgeFlora.Learning.Data;

namespace EdgeFlora.Cli.Tuning;

/// <summary>The task and its data, as <c>train</c> and <c>eval</c> are told.</summary>
internal sealed record TaskSettings
{
    public const string Classification = "classification";

    public const string Pairs = "pairs";

    public const string Language = "lm";

    /// <summary>Measured only: word problems by the final number.</summary>
    public const string Maths = "gsm8k";

    /// <summary>Measured only: functions that a model goes on with, by their tests.</summary>
    public const string HumanEval = "humaneval";

    /// <summary>Measured only: functions after a description, by their tests.</summary>
    public const string Mbpp = "mbpp";

    /// <summary>One of the names above.</summary>
    public required string Name { get; init; }

    public required string Data { get; init; }

    /// <summary>Columns of classification and pairs.</summary>
    public required DataColumns Columns { get; init; }

    /// <summary>Columns of a language model's texts.</summary>
    public required LanguageColumns LanguageColumns { get; init; }

    /// <summary>Names of the classes; null: those of the adapter, or else of the data.</summary>
    public required IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Whether special tokens that are written in texts are the tokens they name.</summary>
    public required bool MatchesSpecialTokens { get; init; }

    /// <summary>File to measure on; null for a fraction of <see cref="Data"/>.</summary>
    public string? HeldOut { get; init; }

    /// <summary>Fraction of <see cref="Data"/> that is never trained on, where there is no <see cref="HeldOut"/>; 0 for none.</summary>
    public double HeldOutFraction { get; init; }
}
