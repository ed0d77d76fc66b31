using EdgeFlora.Learning.Data;

namespace EdgeFlora.Cli.Train;

/// <summary>The task and its data, as <c>train</c> and <c>eval</c> are told.</summary>
internal sealed record TaskSettings
{
    public const string Classification = "classification";

    public const string Pairs = "pairs";

    public const string Language = "lm";

    /// <summary>One of the names above.</summary>
    public required string Name { get; init; }

    public required string Data { get; init; }

    public required DataColumns Columns { get; init; }

    /// <summary>Names of the classes; null: those of the adapter, or else of the data.</summary>
    public required IReadOnlyList<string>? Labels { get; init; }

    /// <summary>File to measure on; null for a fraction of <see cref="Data"/>.</summary>
    public string? HeldOut { get; init; }

    /// <summary>Fraction of <see cref="Data"/> that is never trained on, where there is no <see cref="HeldOut"/>; 0 for none.</summary>
    public double HeldOutFraction { get; init; }
}
