using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Client;

/// <summary>The services that this user knows by name, in a file that nobody else can read, for it holds tokens.</summary>
/// <param name="Current">Name of the one that is meant where none is named; null: none.</param>
internal sealed record ContextFile(string? Current, IReadOnlyDictionary<string, ServiceContext> Contexts)
{
    /// <summary>File of the contexts; without it <c>edgeflora/contexts.json</c> in the user's folder of settings.</summary>
    public const string Variable = "EDGEFLORA_CONTEXTS";

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Location => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? named
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "edgeflora",
            "contexts.json");

    /// <exception cref="InputException">The file is damaged, or open to others.</exception>
    public static ContextFile Read()
    {
        string file = Location;
        if (!File.Exists(file))
        {
            return new ContextFile(null, new Dictionary<string, ServiceContext>());
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~OwnerFile) != 0)
        {
            throw new InputException($"'{file}' holds tokens and is open to others; close it: chmod 600 '{file}'");
        }

        try
        {
            return JsonSerializer.Deserialize<ContextFile>(File.ReadAllBytes(file), Format) is { Contexts: not null } read
                ? read
                : throw new InputException($"'{file}' holds no contexts; remove it and add them again: edgeflora context add");
        }
        catch (JsonException damaged)
        {
            throw new InputException($"'{file}' is damaged; remove it and add the contexts again: edgeflora context add", damaged);
        }
    }

    public void Write()
    {
        string file = Path.GetFullPath(Location);
        string folder = Path.GetDirectoryName(file)!;
        PrivateFolder.Create(folder);
        AtomicFile.Write(file, stream =>
        {
            if (!OperatingSystem.IsWindows() && stream is FileStream { SafeFileHandle: var handle })
            {
                File.SetUnixFileMode(handle, OwnerFile);
            }

            JsonSerializer.Serialize(stream, this, Format);
        });
    }
}
