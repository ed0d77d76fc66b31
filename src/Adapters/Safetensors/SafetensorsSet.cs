using System.Text;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>
/// The weights of a model folder as one set of tensors, whether in <c>model.safetensors</c> or in shards with an index. Thread-safe as
/// <see cref="SafetensorsFile"/>.
/// </summary>
public sealed class SafetensorsSet : IDisposable
{
    public const string SingleName = "model.safetensors";

    public const string IndexName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> files;

    private readonly bool sharded;

    // Where a tensor lies, and what it is called there.
    private readonly SortedDictionary<string, (SafetensorsFile File, string Name)> places;

    private SafetensorsSet(List<SafetensorsFile> files, SortedDictionary<string, (SafetensorsFile File, string Name)> places, bool sharded)
    {
        this.sharded = sharded;
        this.files = files;
        this.places = places;
        Tensors = new SortedDictionary<string, TensorInfo>(
            places.ToDictionary(place => place.Key, place => place.Value.File.Tensors[place.Value.Name] with { Name = place.Key }),
            StringComparer.Ordinal);
    }

    /// <summary>All tensors by name, in ordinal order; <see cref="TensorInfo.Offset"/> counts within the tensor's own file.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Opens <c>model.safetensors</c> of the folder, or else the shards its index names.</summary>
    /// <exception cref="AdapterFormatException">Neither is there, a file is malformed, or index and shards disagree.</exception>
    public static SafetensorsSet Open(string folder)
    {
        string single = Path.Combine(folder, SingleName);
        if (File.Exists(single))
        {
            SafetensorsFile file = SafetensorsFile.Open(single);
            return new SafetensorsSet(
                [file], new(file.Tensors.Keys.ToDictionary(name => name, name => (file, name)), StringComparer.Ordinal), sharded: false);
        }

        string index = Path.Combine(folder, IndexName);
        return File.Exists(index)
            ? OpenShards(folder, index)
            : throw new AdapterFormatException(
                $"{folder}: there is neither {SingleName} nor {IndexName}; EdgeFlora reads weights in safetensors form only.");
    }

    /// <summary>
    /// What identifies the weights of a folder, lower-case hexadecimal: SHA-256 of <c>model.safetensors</c>; of a sharded model SHA-256 over the
    /// lines <c>&lt;shard's SHA-256&gt;  &lt;shard's name&gt;\n</c> in ordinal order, as <c>sha256sum *.safetensors | sha256sum</c> prints it.
    /// </summary>
    public static async Task<string> HashAsync(string folder, CancellationToken cancellationToken)
    {
        string single = Path.Combine(folder, SingleName);
        if (File.Exists(single))
        {
            return await ContentHash.Sha256Async(single, cancellationToken).ConfigureAwait(false);
        }

        var lines = new StringBuilder();
        foreach (string shard in SafetensorsIndex.Read(Path.Combine(folder, IndexName)).Values.Distinct(StringComparer.Ordinal).Order(
            StringComparer.Ordinal))
        {
            string hash = await ContentHash.Sha256Async(Path.Combine(folder, shard), cancellationToken).ConfigureAwait(false);
            lines.Append(hash).Append("  ").Append(shard).Append('\n');
        }

        return ContentHash.Sha256(Encoding.UTF8.GetBytes(lines.ToString()));
    }

    /// <summary>The same hash as <see cref="HashAsync"/>, of the content that is mapped here whatever lies in the folder by now.</summary>
    public string Sha256()
    {
        if (!sharded)
        {
            return files[0].Sha256();
        }

        IEnumerable<string> lines = files
            .OrderBy(file => Path.GetFileName(file.Path), StringComparer.Ordinal)
            .Select(file => $"{file.Sha256()}  {Path.GetFileName(file.Path)}\n");
        return ContentHash.Sha256(Encoding.UTF8.GetBytes(string.Concat(lines)));
    }

    /// <inheritdoc cref="SafetensorsFile.RequireUnchanged"/>
    public void RequireUnchanged() => files.ForEach(file => file.RequireUnchanged());

    /// <inheritdoc cref="SafetensorsFile.Map{T}"/>
    public ReadOnlyMemory<T>? Map<T>(string name)
        where T : unmanaged
    {
        (SafetensorsFile file, string its) = Place(name);
        return file.Map<T>(its);
    }

    /// <inheritdoc cref="SafetensorsFile.Bytes"/>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        (SafetensorsFile file, string its) = Place(name);
        return file.Bytes(its);
    }

    /// <inheritdoc cref="SafetensorsFile.ReadSingles(string)"/>
    public float[] ReadSingles(string name)
    {
        (SafetensorsFile file, string its) = Place(name);
        return file.ReadSingles(its);
    }

    /// <inheritdoc cref="SafetensorsFile.ReadSingles(string, long, Span{float})"/>
    public void ReadSingles(string name, long start, Span<float> destination)
    {
        (SafetensorsFile file, string its) = Place(name);
        file.ReadSingles(its, start, destination);
    }

    /// <inheritdoc cref="SafetensorsFile.Unload"/>
    public void Unload(string name)
    {
        (SafetensorsFile file, string its) = Place(name);
        file.Unload(its);
    }

    /// <summary>The same tensors under other names; disposing either set closes the files of both.</summary>
    /// <param name="rename">From the name here to the other name.</param>
    /// <exception cref="AdapterFormatException">Two tensors would get one name.</exception>
    public SafetensorsSet Renamed(Func<string, string> rename)
    {
        ArgumentNullException.ThrowIfNull(rename);
        var renamed = new SortedDictionary<string, (SafetensorsFile File, string Name)>(StringComparer.Ordinal);
        foreach ((string name, (SafetensorsFile File, string Name) place) in places)
        {
            string other = rename(name);
            if (!renamed.TryAdd(other, place))
            {
                throw new AdapterFormatException($"{place.File.Path}: tensors '{renamed[other].Name}' and '{place.Name}' both stand for '{other}'.");
            }
        }

        return new SafetensorsSet(files, renamed, sharded);
    }

    public void Dispose() => files.ForEach(f => f.Dispose());

    private static SafetensorsSet OpenShards(string folder, string index)
    {
        SortedDictionary<string, string> shardOf = SafetensorsIndex.Read(index);
        var opened = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var places = new SortedDictionary<string, (SafetensorsFile File, string Name)>(StringComparer.Ordinal);
        try
        {
            foreach ((string tensor, string shard) in shardOf)
            {
                if (!opened.TryGetValue(shard, out SafetensorsFile? file))
                {
                    string path = Path.Combine(folder, shard);
                    file = File.Exists(path)
                        ? SafetensorsFile.Open(path)
                        : throw new AdapterFormatException($"{path} is missing, though {IndexName} says that it holds tensor '{tensor}'.");
                    opened.Add(shard, file);
                }

                if (!file.Tensors.ContainsKey(tensor))
                {
                    throw new AdapterFormatException($"{file.Path}: there is no tensor '{tensor}', though {IndexName} says so.");
                }

                places.Add(tensor, (file, tensor));
            }
        }
        catch
        {
            foreach (SafetensorsFile file in opened.Values)
            {
                file.Dispose();
            }

            throw;
        }

        return new SafetensorsSet([.. opened.Values], places, sharded: true);
    }

    private (SafetensorsFile File, string Name) Place(string name) => places.TryGetValue(name, out (SafetensorsFile File, string Name) place)
        ? place
        : throw new AdapterFormatException($"{Path.GetDirectoryName(files.FirstOrDefault()?.Path)}: the model has no tensor '{name}'.");
}
