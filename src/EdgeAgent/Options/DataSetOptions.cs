using System.Globalization;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>One named data set of an agent: what its files are, and what may be learnt from them. Section <c>Agent:Data:N</c>.</summary>
internal sealed record DataSetOptions
{
    /// <summary>The name of a data set that was given none.</summary>
    public const string StandardName = "default";

    /// <summary>Name by which a run asks for it, unique within the agent: 1 … 64 of <c>a-z 0-9 -</c>.</summary>
    public string Name { get; init; } = StandardName;

    /// <summary>What may be learnt from it; tasks of another kind are declined.</summary>
    public DataSetTask Task { get; init; }

    /// <summary>
    /// Private data in JSONL, CSV or TSV, one file after the other; for a language model also one <c>.txt</c>, a running text. A trainer needs at
    /// least one.
    /// </summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>
    /// Data to measure on, in the same form. Needed by an evaluator; a trainer without it holds <see cref="HeldOutFraction"/> of its data out.
    /// </summary>
    public string? HeldOutFile { get; init; }

    /// <summary>Fraction of <see cref="Files"/> that is never trained on; 0 … 0.9. Default 0.2. Unused with a <see cref="HeldOutFile"/>.</summary>
    public double HeldOutFraction { get; init; } = 0.2;

    /// <summary>
    /// Whether special tokens that are written in texts are the tokens they name. Null (the default): for a language model they are, otherwise they
    /// are ordinary text.
    /// </summary>
    public bool? MatchesSpecialTokens { get; init; }

    /// <summary>Seed of the choice of what is held out. Default 0.</summary>
    public ulong HeldOutSeed { get; init; }

    /// <summary>The labels that rows may have; empty (the default): those that occur.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Names of the columns of labelled rows.</summary>
    public DataColumns Columns { get; init; } = new();

    /// <summary>Names of the columns of rows of texts.</summary>
    public LanguageColumns LanguageColumns { get; init; } = new();

    internal IEnumerable<string> Problems(string setting, bool trains)
    {
        if (!AgentOptions.IsName(Name))
        {
            yield return $"{setting}:{nameof(Name)} is '{Name}'; it must be {AgentOptions.NameForm}.";
        }

        if (!Enum.IsDefined(Task))
        {
            yield return $"{setting}:{nameof(Task)} is '{Task}'; it must be one of {string.Join(", ", Enum.GetNames<DataSetTask>())}.";
        }

        if (trains && Files.Count == 0)
        {
            yield return $"{setting}:{nameof(Files)} is empty; a trainer needs a JSONL, CSV or TSV file to train on.";
        }

        if (!trains && string.IsNullOrEmpty(HeldOutFile))
        {
            yield return $"{setting}:{nameof(HeldOutFile)} is not set; an evaluator needs a JSONL, CSV or TSV file to measure on.";
        }

        foreach (string file in Files.Where(file => !File.Exists(file)))
        {
            yield return $"{setting}:{nameof(Files)} has '{file}', which does not exist.";
        }

        if (!string.IsNullOrEmpty(HeldOutFile) && !File.Exists(HeldOutFile))
        {
            yield return $"{setting}:{nameof(HeldOutFile)} is '{HeldOutFile}', which does not exist.";
        }

        if (!(HeldOutFraction is >= 0 and <= 0.9))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{setting}:{nameof(HeldOutFraction)} is {HeldOutFraction}; it must be from 0 to 0.9.");
        }
    }
}
