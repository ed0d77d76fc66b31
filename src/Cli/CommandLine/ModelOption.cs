using System.CommandLine;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Which base model; by default the one that comes with EdgeFlora.</summary>
internal static class ModelOption
{
    public const string EmbeddedName = "edgeflora-doc-bert";

    /// <summary>The model that comes with the program.</summary>
    public static string EmbeddedFolder => Path.Combine(AppContext.BaseDirectory, "models", EmbeddedName);

    public static Option<string> Create() => new("--model")
    {
        Description = $"Folder of the base model: config.json, model.safetensors and vocab.txt or tokenizer.json; without it {EmbeddedName}, "
            + $"which comes with EdgeFlora",
        HelpName = "DIR",
        DefaultValueFactory = _ => EmbeddedFolder,
    };

    /// <summary>What is unusual about a model's folder, though it can be read; null for nothing.</summary>
    public static string? Note(string folder) =>
        File.Exists(Path.Combine(folder, SafetensorsSet.SingleName)) && File.Exists(Path.Combine(folder, SafetensorsSet.IndexName))
            ? SafeText.OneLine(
                $"note: {folder} holds two sets of weights, {SafetensorsSet.SingleName} and the shards of {SafetensorsSet.IndexName}; "
                    + $"the first is taken, as Transformers does")
            : null;

    /// <summary>Prints <see cref="Note"/>.</summary>
    public static void Print(string folder, TextWriter lines)
    {
        if (Note(folder) is { } note)
        {
            lines.WriteLine(note);
        }
    }

    /// <exception cref="InputException">There is no such folder.</exception>
    public static string Check(string folder) => Directory.Exists(folder)
        ? folder
        : throw new InputException(
            $"--model is '{folder}', which is {(File.Exists(folder) ? "a file" : "no folder")}; "
                + $"give a folder with config.json and model.safetensors");
}
