using System.Globalization;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>What an agent does about base models that it lacks. Section <c>Agent:ModelCache</c>.</summary>
public sealed record ModelCacheOptions
{
    /// <summary>
    /// Whether it fetches the model of a task from the coordinator. Default true: a model's files are no programs, and are checked before they are
    /// used.
    /// </summary>
    public bool Fetch { get; init; } = true;

    /// <summary>
    /// Folder of fetched models, which agents of one user may share. Null (the default): <c>model-cache</c> in the agent's state folder.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Bytes that fetched models may take together; those that were not used for longest give way. Above 0; default 10 GB. A model is there twice
    /// while it is unpacked.
    /// </summary>
    public long LimitBytes { get; init; } = 10_000_000_000;

    internal IEnumerable<string> Problems()
    {
        const string Section = $"{AgentOptions.Section}:{nameof(AgentOptions.ModelCache)}";
        if (LimitBytes <= 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(LimitBytes)} is {LimitBytes}; it must be above 0.");
        }

        if (Folder is not null && (string.IsNullOrWhiteSpace(Folder) || File.Exists(Folder)))
        {
            yield return $"{Section}:{nameof(Folder)} is '{Folder}'; give a folder that the agent may write to.";
        }
    }
}
