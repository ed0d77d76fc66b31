using EdgeFlora.Storage;


namespace EdgeFlora.Adapters.Peft;

/// <summary>What <c>adapter_config.json</c> says of an adapter.</summary>
public sealed record PeftConfig
{
    public const string FileName = "adapter_config.json";

    /// <summary>Task types that PEFT knows.</summary>
    public static IReadOnlyList<string> TaskTypes { get; } =
        ["SEQ_CLS", "SEQ_2_SEQ_LM", "CAUSAL_LM", "TOKEN_CLS", "QUESTION_ANS", "FEATURE_EXTRACTION"];

    /// <summary>
    /// Target modules and modules to save in ordinal order; the targets are empty if the file chooses modules in a way that a list of name endings
    /// cannot express (a pattern, layers by number, exclusions), and then only the tensors tell which modules are adapted.
    /// </summary>
    public required LoraSettings Settings { get; init; }

    /// <summary>Name or path of the model the adapter was trained on, if given.</summary>
    public string? BaseModelName { get; init; }

    /// <summary>One of <see cref="TaskTypes"/>, if given.</summary>
    public string? TaskType { get; init; }

    /// <summary>Which modules the file chooses beyond what <see cref="Settings"/> can say.</summary>
    internal ModuleChoice Choice { get; init; } = new();

    /// <summary>Reads the file in <paramref name="folder"/>.</summary>
    /// <exception cref="AdapterFormatException">
    /// Malformed, out of range, or it asks for something EdgeFlora would compute differently; the message names the setting.
    /// </exception>
    public static PeftConfig Read(string folder) => PeftConfigReader.Read(Path.Combine(folder, FileName));

    /// <exception cref="AdapterFormatException">The task type is not one of <see cref="TaskTypes"/>.</exception>
    internal void Write(string folder)
    {
        if (TaskType is not null && !TaskTypes.Contains(TaskType))
        {
            throw new AdapterFormatException($"The task type is '{TaskType}', expected one of {string.Join(", ", TaskTypes)}.");
        }

        AtomicFile.Write(Path.Combine(folder, FileName), stream => PeftConfigWriter.Write(stream, this));
    }
}
