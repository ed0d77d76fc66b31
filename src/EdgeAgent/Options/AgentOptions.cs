using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using Microsoft.Extensions.Options;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>Who an agent is, what it holds, and where it keeps its state. Section <c>Agent</c>.</summary>
public sealed partial record AgentOptions
{
    public const string Section = "Agent";

    /// <summary>Name of the agent, unique in its broker's virtual host: 1 … 64 of <c>a-z 0-9 -</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it trains on private data (the default) or measures on a central test set.</summary>
    public AgentRole Role { get; init; } = AgentRole.Trainer;

    /// <summary>What it lets be learnt from its data; tasks of another kind are declined. Default <see cref="LearningTask.Classification"/>.</summary>
    public LearningTask Task { get; init; }

    /// <summary>Labels by which runs choose agents: keys and values of 1 … 63 letters, digits, '.', '_' and '-'. Default none.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder of the frozen base model in Hugging Face's layout.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>
    /// Private data in JSONL, CSV or TSV with the columns <c>text</c>, <c>label</c> and, for pairs, <c>text_pair</c>; for a language model <c>text</c>, or <c>prompt</c> and
    /// <c>completion</c>, or a <c>.txt</c>, one running text. Needed by a trainer.
    /// </summary>
    public string? DataFile { get; init; }

    /// <summary>Data to measure on, in the same form. Needed by an evaluator; a trainer without it holds <see cref="HeldOutFraction"/> of its data out.</summary>
    public string? HeldOutFile { get; init; }

    /// <summary>Fraction of <see cref="DataFile"/> that is never trained on; 0 … 0.9. Default 0.2. Unused with a <see cref="HeldOutFile"/>.</summary>
    public double HeldOutFraction { get; init; } = 0.2;

    /// <summary>Whether special tokens that are written in texts are the tokens they name. Null (the default): for a language model they are, otherwise they are ordinary text.</summary>
    public bool? MatchesSpecialTokens { get; init; }

    /// <summary>Seed of the choice of what is held out. Default 0.</summary>
    public ulong HeldOutSeed { get; init; }

    /// <summary>Folder for journal, checkpoints, bodies and error feedback; made if absent. One agent, one folder.</summary>
    public required string StateFolder { get; init; }

    /// <summary><c>portable</c>, <c>torch</c> or <c>auto</c> (the default: torch if it has a CUDA device, else portable).</summary>
    public string Engine { get; init; } = "auto";

    /// <summary>Where torch computes: <c>cuda</c>, <c>mps</c>, <c>cpu</c> or <c>auto</c> (the default: the first of them that there is).</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Whether each task is trained in a process of its own, as torch always does. Default false.</summary>
    public bool Isolate { get; init; }

    /// <summary>Threads for training; 1 … 1024. Default 1. The result is the same for any number.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How patiently the agent deals with broker and coordinator.</summary>
    public ResilienceOptions Resilience { get; init; } = new();

    /// <summary>Faults to rehearse; none by default.</summary>
    public AgentDrill Drill { get; init; } = new();

    /// <exception cref="OptionsValidationException">A setting is not allowed; one line each, with setting and value.</exception>
    public void Validate()
    {
        string[] failures = [.. Problems(), .. Resilience.Problems(), .. Drill.Problems()];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(Section, typeof(AgentOptions), failures);
        }
    }

    private IEnumerable<string> Problems()
    {
        if (!NamePattern().IsMatch(Name))
        {
            yield return $"{Section}:{nameof(Name)} is '{Name}'; it must have 1 … {WireLimits.MaxAgentIdLength} of the characters a-z, 0-9 and -.";
        }

        if (!Enum.IsDefined(Task))
        {
            yield return $"{Section}:{nameof(Task)} is '{Task}'; it must be one of {string.Join(", ", Enum.GetNames<LearningTask>())}.";
        }

        foreach ((string key, string value) in Labels.Where(label => !LabelPattern().IsMatch(label.Key) || !LabelPattern().IsMatch(label.Value)))
        {
            yield return $"{Section}:{nameof(Labels)} has '{key}={value}'; keys and values have 1 … 63 letters, digits, '.', '_' and '-'.";
        }

        if (!Directory.Exists(ModelFolder))
        {
            yield return $"{Section}:{nameof(ModelFolder)} is '{ModelFolder}', which is no folder; give a base model's folder with config.json and model.safetensors.";
        }

        if (string.IsNullOrWhiteSpace(StateFolder) || File.Exists(StateFolder))
        {
            yield return $"{Section}:{nameof(StateFolder)} is '{StateFolder}'; give a folder the agent may write to.";
        }

        foreach (string problem in FileProblems())
        {
            yield return problem;
        }

        if (!(HeldOutFraction is >= 0 and <= 0.9))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(HeldOutFraction)} is {HeldOutFraction}; it must be from 0 to 0.9.");
        }

        if (Engine is not ("portable" or "torch" or "auto"))
        {
            yield return $"{Section}:{nameof(Engine)} is '{Engine}'; it must be portable, torch or auto.";
        }

        if (Device is not ("auto" or "cuda" or "mps" or "cpu"))
        {
            yield return $"{Section}:{nameof(Device)} is '{Device}'; it must be auto, cuda, mps or cpu.";
        }

        if (Threads is < 1 or > 1024)
        {
            yield return $"{Section}:{nameof(Threads)} is {Threads}; it must be from 1 to 1024.";
        }
    }

    private IEnumerable<string> FileProblems()
    {
        if (Role == AgentRole.Trainer && string.IsNullOrEmpty(DataFile))
        {
            yield return $"{Section}:{nameof(DataFile)} is not set; a trainer needs a JSONL, CSV or TSV file to train on.";
        }

        if (Role == AgentRole.Evaluator && string.IsNullOrEmpty(HeldOutFile))
        {
            yield return $"{Section}:{nameof(HeldOutFile)} is not set; an evaluator needs a JSONL, CSV or TSV file to measure on.";
        }

        foreach ((string setting, string? file) in new[] { (nameof(DataFile), DataFile), (nameof(HeldOutFile), HeldOutFile) })
        {
            if (!string.IsNullOrEmpty(file) && !File.Exists(file))
            {
                yield return $"{Section}:{setting} is '{file}', which does not exist.";
            }
        }
    }

    [GeneratedRegex(@"^[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelPattern();
}
