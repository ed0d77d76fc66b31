using System.Text.RegularExpressions;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using Microsoft.Extensions.Options;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>Who an agent is, what it holds, what its owner allows, and where it keeps its state. Section <c>Agent</c>.</summary>
internal sealed partial record AgentOptions
{
    public const string Section = "Agent";

    /// <summary>The engine that is a program of the owner's: <see cref="Trainer"/>.</summary>
    public const string CommandEngine = "command";

    /// <summary>Engines by name.</summary>
    public static IReadOnlyList<string> Engines { get; } = ["auto", "portable", "torch", CommandEngine];

    /// <summary>Devices by name.</summary>
    public static IReadOnlyList<string> Devices { get; } = ["auto", "cuda", "mps", "cpu"];

    /// <summary>Name of the agent, unique in its broker's virtual host: 1 … 64 of <c>a-z 0-9 -</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The broker's user of our connection, whom every message names as its sender; null (the default): messages name nobody, as where there is no
    /// broker.
    /// </summary>
    /// <remarks>The user of an enrolled agent (<see cref="AgentUser"/>) may send to the agent's own exchange only.</remarks>
    public string? BrokerUser { get; init; }

    /// <summary>Whether the broker's user is the agent's own.</summary>
    public bool IsEnrolled => BrokerUser == AgentUser.Of(Name);

    /// <summary>Whether it trains on private data (the default) or measures on a central test set.</summary>
    public AgentRole Role { get; init; } = AgentRole.Trainer;

    /// <summary>What it trains or measures on; at least one, of different names.</summary>
    public required IReadOnlyList<DataSetOptions> Data { get; init; }

    /// <summary>Frozen base models that lie here; at least one.</summary>
    public required IReadOnlyList<ModelOptions> Models { get; init; }

    /// <summary>What it does about base models that it lacks.</summary>
    public ModelCacheOptions ModelCache { get; init; } = new();

    /// <summary>Folder of fetched models.</summary>
    internal string ModelCacheFolder => ModelCache.Folder ?? Path.Combine(StateFolder, "model-cache");

    /// <summary>Why it fetches no models, with the setting that says so; null: it fetches them.</summary>
    internal string? WhyNoFetching => Allow.LocalModelsOnly ? "its owner lets it take no other (allow.localModelsOnly)"
        : ModelCache.Fetch ? null
        : "fetches none (models.fetch is no)";

    /// <summary>
    /// What is said of it to the coordinator, for selecting agents: <c>site</c> → <c>a</c>. Names and values have 1 … 63 letters, digits, <c>.</c>,
    /// <c>_</c> and <c>-</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What the owner allows; by default everything.</summary>
    public AllowOptions Allow { get; init; } = new();

    /// <summary>What it may take of the device.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>Folder for journal, checkpoints, bodies and error feedback; made if absent. One agent, one folder.</summary>
    public required string StateFolder { get; init; }

    /// <summary><c>portable</c>, <c>torch</c>, <c>command</c> or <c>auto</c> (the default: torch if it has a CUDA device, else portable).</summary>
    public string Engine { get; init; } = "auto";

    /// <summary>Where torch computes: <c>cuda</c>, <c>mps</c>, <c>cpu</c> or <c>auto</c> (the default: the first of them that there is).</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Whether each task is trained in a process of its own, as torch always does. Default false.</summary>
    public bool Isolate { get; init; }

    /// <summary>The program that trains, for <see cref="CommandEngine"/>.</summary>
    public TrainerOptions? Trainer { get; init; }

    /// <summary>How patiently the agent deals with broker and coordinator.</summary>
    public ResilienceOptions Resilience { get; init; } = new();

    /// <summary>Faults to rehearse; none by default.</summary>
    public AgentDrill Drill { get; init; } = new();

    /// <summary>The state folder of an agent for which none is named.</summary>
    public static string StandardState(string name) => $"agent-{name}-state";

    internal const string NameForm = "1 … 64 of the characters a-z, 0-9 and -";

    internal const string LabelForm = "1 … 63 letters, digits, '.', '_' and '-'";

    /// <exception cref="OptionsValidationException">A setting is not allowed; one line each, with setting and value.</exception>
    public void Validate()
    {
        string[] failures =
        [
            .. Problems(), .. DataProblems(), .. Limits.Problems(), .. ModelCache.Problems(), .. TrainerProblems(), .. Resilience.Problems(),
            .. Drill.Problems(),
        ];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(Section, typeof(AgentOptions), failures);
        }
    }

    internal static bool IsName(string name) => NamePattern().IsMatch(name);

    internal static bool IsLabel(string name) => LabelPattern().IsMatch(name);

    private IEnumerable<string> Problems()
    {
        if (!IsName(Name))
        {
            yield return $"{Section}:{nameof(Name)} is '{Name}'; it must have 1 … {WireLimits.MaxAgentIdLength} of the characters a-z, 0-9 and -.";
        }

        if (Models.Count == 0)
        {
            yield return $"{Section}:{nameof(Models)} is empty; name at least one folder of a base model.";
        }

        foreach (ModelOptions model in Models.Where(model => !Directory.Exists(model.Folder)))
        {
            yield return $"{Section}:{nameof(Models)}:{model.Name} is '{model.Folder}', which is no folder; "
                + $"give a base model's folder with config.json and model.safetensors.";
        }

        if (string.IsNullOrWhiteSpace(StateFolder) || File.Exists(StateFolder))
        {
            yield return $"{Section}:{nameof(StateFolder)} is '{StateFolder}'; give a folder the agent may write to.";
        }

        foreach ((string name, string value) in Labels.Where(label => !IsLabel(label.Key) || !IsLabel(label.Value)))
        {
            yield return $"{Section}:{nameof(Labels)}:{name} is '{value}'; name and value must each be {LabelForm}.";
        }

        if (!Engines.Contains(Engine))
        {
            yield return $"{Section}:{nameof(Engine)} is '{Engine}'; it must be one of {string.Join(", ", Engines)}.";
        }

        if (!Devices.Contains(Device))
        {
            yield return $"{Section}:{nameof(Device)} is '{Device}'; it must be one of {string.Join(", ", Devices)}.";
        }
    }

    private IEnumerable<string> DataProblems()
    {
        if (Data.Count == 0)
        {
            yield return $"{Section}:{nameof(Data)} is empty; name at least one data set.";
        }

        if (Data.GroupBy(set => set.Name, StringComparer.Ordinal).FirstOrDefault(sets => sets.Count() > 1) is { } twice)
        {
            yield return $"{Section}:{nameof(Data)} has {twice.Count()} data sets named '{twice.Key}'; give each a name of its own.";
        }

        foreach (string problem in Data.SelectMany((set, i) => set.Problems($"{Section}:{nameof(Data)}:{i}", Role == AgentRole.Trainer)))
        {
            yield return problem;
        }
    }

    private IEnumerable<string> TrainerProblems() => (Engine == CommandEngine, Trainer) switch
    {
        (true, null) => [$"{Section}:{nameof(Trainer)} is not set; {nameof(Engine)} {CommandEngine} takes a program."],
        (false, not null) => [$"{Section}:{nameof(Trainer)} is set, but {nameof(Engine)} is '{Engine}'; it goes with {CommandEngine}."],
        (_, { } trainer) => trainer.Problems(),
        _ => [],
    };

    [GeneratedRegex(@"^[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelPattern();
}
