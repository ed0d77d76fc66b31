using System.Globalization;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Models;

/// <summary>Hashes of models' weights, kept in a file by the weights' names, lengths and times of writing.</summary>
internal sealed class ModelHashes
{
    private const int MaxBytes = 1 << 20;

    private readonly Dictionary<string, string> known;
    private readonly Dictionary<string, string> used = new(StringComparer.Ordinal);

    private ModelHashes(Dictionary<string, string> known) => this.known = known;

    /// <summary>What a file holds; nothing if it is absent or damaged.</summary>
    public static ModelHashes Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            return new ModelHashes([]);
        }

        try
        {
            return new ModelHashes(JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(path)) ?? []);
        }
        catch (JsonException)
        {
            // Found out anew, as if it were not there.
            return new ModelHashes([]);
        }
    }

    /// <exception cref="InvalidDataException">The folder holds no weights; the message names it.</exception>
    public async Task<string> OfAsync(string folder, CancellationToken stop)
    {
        string key = Key(folder);
        try
        {
            return used[key] = known.GetValueOrDefault(key) ?? await SafetensorsSet.HashAsync(folder, stop).ConfigureAwait(false);
        }
        catch (Exception absent) when (absent is AdapterFormatException or FileNotFoundException)
        {
            throw new InvalidDataException($"{folder}: {absent.Message}", absent);
        }
    }

    /// <summary>Keeps the hashes that were asked for.</summary>
    public void Write(string path)
    {
        PrivateFolder.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, used));
    }

    private static string Key(string folder)
    {
        IEnumerable<string> files = new DirectoryInfo(folder).EnumerateFiles("*.safetensors*")
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name}:{file.Length}:{file.LastWriteTimeUtc.Ticks}"));
        return $"{Path.GetFullPath(folder)}|{string.Join('|', files)}";
    }
}
