using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Adapter;

/// <summary><c>edgeflora adapter verify</c>.</summary>
internal sealed class VerifyAdapterCommand : Command
{
    private readonly Argument<string> folder = new("DIR") { Description = "Folder of an adapter that a service has written or exported" };
    private readonly Option<string?> key = new("--key")
    {
        Description = "PEM file of the key that must have signed it, as 'edgeflora adapter key' writes it; without it, the one in the folder",
        HelpName = "FILE",
    };

    private readonly Option<bool> json = new("--json") { Description = "Answer in JSON: keyId, files and what is signed" };

    public VerifyAdapterCommand()
        : base("verify", "Check an adapter's signature, and that every file is as it was signed.")
    {
        Arguments.Add(folder);
        Options.Add(key);
        Options.Add(json);
        SetAction(parsed => Run(parsed, new Answer(parsed.InvocationConfiguration.Output, parsed.GetValue(json))));
    }

    private int Run(ParseResult parsed, Answer answer)
    {
        string place = parsed.GetRequiredValue(folder);
        if (!Directory.Exists(place))
        {
            throw new InputException(
                $"DIR is '{place}', which is no folder; name one that 'edgeflora runs export' has written, such as run-output/adapter.");
        }

        string? file = parsed.GetValue(key);
        if (file is not null && !File.Exists(file))
        {
            throw new InputException($"--key is '{file}', and there is no such file; 'edgeflora adapter key --out FILE' writes the service's.");
        }

        ProvenanceReading reading = AdapterProvenance.Verify(place, file is null ? null : File.ReadAllText(file));
        answer.Show(new { reading.KeyId, isTrusted = file is not null, reading.Files, signed = reading.Predicate }, _ => Lines(reading, file));
        return ExitCode.Done;
    }

    private static IEnumerable<string> Lines(ProvenanceReading reading, string? file)
    {
        JsonObject said = reading.Predicate;
        yield return $"every file is as it was signed: {string.Join(", ", reading.Files)}";
        yield return file is null
            ? $"signed with {reading.KeyId}, the key that the folder brings: whether it is your service's, 'edgeflora adapter key' tells"
            : $"signed with {reading.KeyId}, the key in {file}";
        yield return $"run {Text(said, "run", "id")} ({Text(said, "run", "name")}), model of round {Text(said, "run", "round")}, "
            + $"made by {Text(said, "madeBy")}";
        yield return $"base model {Text(said, "base", "modelId")}, weights {Text(said, "base", "sha256")}";
        int rounds = (said["rounds"] as JsonArray)?.Count ?? 0;
        yield return said["privacy"] is JsonObject
            ? Plain($"{rounds} rounds, private: ε {Text(said, "privacy", "epsilon")} at δ {Text(said, "privacy", "delta")}; ")
                + "who took part is not said"
            : Plain($"{rounds} rounds, {(said["contributors"] as JsonArray)?.Count ?? 0} contributors");
    }

    private static string Plain(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(JsonObject said, params string[] path)
    {
        JsonNode? at = said;
        foreach (string name in path)
        {
            at = (at as JsonObject)?[name];
        }

        return at is JsonValue value ? value.ToString() : "unknown";
    }
}
