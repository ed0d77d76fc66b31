using System.Text;
using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Experiments.Journal;

/// <summary>Results by what determines them, as JSON lines in a folder: what is in it is never computed again. Safe for several threads.</summary>
/// <remarks>A line that breaks off, as a crash leaves it, is passed over.</remarks>
internal sealed class ResultJournal : IDisposable
{
    private const string FileName = "results.jsonl";

    private readonly Dictionary<string, JsonElement> known = new(StringComparer.Ordinal);
    private readonly FolderLock held;
    private readonly FileStream file;

    private ResultJournal(string folder, FolderLock held)
    {
        this.held = held;
        string path = Path.Combine(folder, FileName);
        Read(path);
        file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        if (EndsMidway(path))
        {
            file.Write("\n"u8);
        }
    }

    /// <summary>Results found when it was opened.</summary>
    public int Found { get; private set; }

    /// <exception cref="FolderInUseException">Another experiment runs in the folder.</exception>
    public static ResultJournal Open(string folder)
    {
        var held = FolderLock.Take(folder);
        try
        {
            return new ResultJournal(folder, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What is known under a key; null if nothing is.</summary>
    private T? Find<T>(string key)
        where T : class
    {
        lock (known)
        {
            return known.TryGetValue(key, out JsonElement value) ? value.Deserialize<T>() : null;
        }
    }

    /// <summary>What is known under a key, or is made now and kept.</summary>
    /// <param name="isFresh">Whether it was made now.</param>
    public T Once<T>(string key, string kind, Func<T> make, out bool isFresh)
        where T : class
    {
        T? found = Find<T>(key);
        isFresh = found is null;
        if (found is null)
        {
            found = make();
            Add(key, kind, found);
        }

        return found;
    }

    private void Add<T>(string key, string kind, T value)
        where T : class
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(new Line(key, kind, JsonSerializer.SerializeToElement(value)));
        lock (known)
        {
            file.Write([.. line, (byte)'\n']);
            file.Flush();
            known[key] = JsonSerializer.SerializeToElement(value);
        }
    }

    public void Dispose()
    {
        file.Dispose();
        held.Dispose();
    }

    private void Read(string path)
    {
        foreach (string text in File.Exists(path) ? File.ReadLines(path, Encoding.UTF8) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize<Line>(text) is { Key: { } key } line)
                {
                    known[key] = line.Value;
                    Found++;
                }
            }
            catch (JsonException)
            {
                // Broken off in a crash: it is computed again.
            }
        }
    }

    private static bool EndsMidway(string path)
    {
        using FileStream read = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (read.Length == 0)
        {
            return false;
        }

        read.Seek(-1, SeekOrigin.End);
        return read.ReadByte() != '\n';
    }

    private sealed record Line(string Key, string Kind, JsonElement Value);
}
