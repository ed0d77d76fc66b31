using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Archives;

/// <summary>
/// Which files make a base model: weights in safetensors form, configuration, tokenizer, and what tells of its licence. None is a program.
/// </summary>
public static class ModelFiles
{
    /// <summary>The file without which a folder is no model.</summary>
    public const string ConfigName = "config.json";

    /// <summary>Most bytes of one file: what the field of a plain tar header holds (8 GiB − 1). Larger weights are kept in shards.</summary>
    public const long MaxFileBytes = (1L << 33) - 1;

    private const int MaxNameLength = 99;

    private static readonly string[] Names =
    [
        ConfigName, "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "vocab.txt", "merges.txt", "tokenizer.model", SafetensorsSet.IndexName,
    ];

    private static readonly string[] Texts = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "README"];

    /// <summary>Whether a file of this name may be part of a model. A name that is allowed is never a path.</summary>
    public static bool IsAllowed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= MaxNameLength
            && char.IsAsciiLetterOrDigit(name[0])
            && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            && (Names.Contains(name, StringComparer.Ordinal)
                || name.EndsWith(".safetensors", StringComparison.Ordinal)
                || Texts.Any(text => name.StartsWith(text, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>What may be part of a model, for messages.</summary>
    public static string Described => $"{string.Join(", ", Names)}, *.safetensors, {string.Join("*, ", Texts)}*";

    /// <summary>The file that tells a model's licence; null if none does.</summary>
    public static string? Licence(IEnumerable<string> names) => names
        .Where(static name => Texts[..3].Any(text => name.StartsWith(text, StringComparison.OrdinalIgnoreCase)))
        .Order(StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>
    /// The files of a model's folder, in the ordinal order of their names; weights that its index does not name, and all other files, are left out.
    /// </summary>
    /// <exception cref="AdapterFormatException">The folder is no model, or holds a file that is too large; the message names it.</exception>
    public static IReadOnlyList<ModelFile> Of(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!File.Exists(Path.Combine(folder, ConfigName)))
        {
            throw new AdapterFormatException($"{folder}: there is no {ConfigName}, so this is no folder of a model.");
        }

        HashSet<string> weights = [.. Weights(folder)];
        ModelFile[] files =
        [
            .. new DirectoryInfo(folder).EnumerateFiles()
                .Where(file => IsAllowed(file.Name)
                    && (weights.Contains(file.Name) || !file.Name.EndsWith(".safetensors", StringComparison.Ordinal)))
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => new ModelFile(file.Name, file.FullName, Length(file))),
        ];
        if (weights.FirstOrDefault(shard => files.All(file => file.Name != shard)) is { } missing)
        {
            throw new AdapterFormatException($"{Path.Combine(folder, missing)} is missing or has a name that is not allowed.");
        }

        return files;
    }

    /// <summary>A link's length is that of what it leads to: caches of downloaded models are full of links.</summary>
    private static long Length(FileInfo file)
    {
        long length = file.LinkTarget is null ? file.Length : (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo)?.Length ?? file.Length;
        return length <= MaxFileBytes
            ? length
            : throw new AdapterFormatException(FormattableString.Invariant(
                $"{file.FullName} has {length} bytes; a file of a model has at most {MaxFileBytes}. Save the weights in shards."));
    }

    private static IEnumerable<string> Weights(string folder)
    {
        if (File.Exists(Path.Combine(folder, SafetensorsSet.SingleName)))
        {
            return [SafetensorsSet.SingleName];
        }

        string index = Path.Combine(folder, SafetensorsSet.IndexName);
        return File.Exists(index)
            ? SafetensorsIndex.Read(index).Values.Distinct(StringComparer.Ordinal)
            : throw new AdapterFormatException(
                $"{folder}: there is neither {SafetensorsSet.SingleName} nor {SafetensorsSet.IndexName}; "
                    + "EdgeFlora reads weights in safetensors form only.");
    }
}
