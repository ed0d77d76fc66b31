using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary>A run spec on a command line: a file, and what is set beside it.</summary>
internal sealed class SpecArguments
{
    private readonly Argument<string> file = new("SPEC")
    {
        Description = "File of the run spec, YAML or JSON (docs/run-spec.md); - reads standard input",
    };
    private readonly Option<string[]> set = SetOption();
    private readonly Option<string?> labels = new("--labels")
    {
        Description = "Names of the classes instead of the spec's, separated by commas, or a file with one a line",
        HelpName = "NAMES",
    };

    public IEnumerable<Symbol> All => [file, set, labels];

    public static Option<string[]> SetOption() => new("--set")
    {
        Description = "Setting that counts instead of the spec's, such as rounds.count=5; may be given again",
        HelpName = "SETTING=VALUE",
        DefaultValueFactory = _ => [],
    };

    /// <summary>The spec as JSON, with only what was said.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    public JsonObject Read(ParseResult parsed) => Read(parsed.GetRequiredValue(file), Overrides(parsed));

    public static JsonObject Read(string file, IReadOnlyList<string> overrides)
    {
        RunSpecReading reading = RunSpecReader.Read(Bytes(file), file == "-" ? "standard input" : file, overrides);
        return reading.Document ?? throw new SpecException(reading.Mistakes);
    }

    private IReadOnlyList<string> Overrides(ParseResult parsed) => parsed.GetValue(labels) is { } names
        ? [.. parsed.GetValue(set) ?? [], $"labels={JsonSerializer.Serialize(LabelList.Parse(names))}"]
        : parsed.GetValue(set) ?? [];

    private static byte[] Bytes(string file)
    {
        using Stream source = file == "-" ? Console.OpenStandardInput()
            : File.Exists(file) ? File.OpenRead(file)
            : throw new InputException($"SPEC is '{file}', which is not a file; give a run spec, YAML or JSON");
        byte[] most = new byte[RunSpecReader.MaxBytes + 1]; // one more than is read, so that the reader sees it is too large
        return most[..source.ReadAtLeast(most, most.Length, throwOnEndOfStream: false)];
    }
}
