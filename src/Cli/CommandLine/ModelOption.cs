using System.CommandLine;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Which base model; by default the one that comes with EdgeFlora.</summary>
internal static class ModelOption
{
    public const string EmbeddedName = "edgeflora-doc-bert";

    /// <summary>The model that comes with the program.</summary>
    public static string EmbeddedFolder => Path.Combine(AppContext.BaseDirectory, "models", EmbeddedName);

    public static Option<string> Create() => new("--model")
    {
        Description = $"Folder of the base model: config.json, model.safetensors and vocab.txt or tokenizer.json; without it {EmbeddedName}, which comes with EdgeFlora",
        HelpName = "DIR",
        DefaultValueFactory = _ => EmbeddedFolder,
    };

    /// <exception cref="InputException">There is no such folder.</exception>
    public static string Check(string folder) => Directory.Exists(folder)
        ? folder
        : throw new InputException($"--model is '{folder}', which is no folder; give a folder with config.json and model.safetensors");
}
