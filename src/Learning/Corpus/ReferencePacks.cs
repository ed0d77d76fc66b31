namespace EdgeFlora.Learning.Corpus;

/// <summary>The .NET SDK's reference packs, whose XML documentation is the corpus: which version, and the documentation files.</summary>
/// <param name="Version">Version of the <c>Microsoft.NETCore.App.Ref</c> pack, e.g. <c>10.0.12</c>: the same version holds the same texts.</param>
/// <param name="Files">Full paths of the documentation files, each file name once, ordered by file name (ordinal).</param>
public sealed record ReferencePacks(Version Version, IReadOnlyList<string> Files)
{
    /// <summary>Folder of the .NET SDK's reference packs, whose documentation the demo learns from; without it, where SDKs are installed.</summary>
    public const string FolderVariable = "EDGEFLORA_PACKS";

    private static readonly string[] PackNames = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    /// <summary>Finds the packs of the newest 10.0 SDK, else of the newest SDK there is.</summary>
    /// <param name="folder">
    /// A <c>packs</c> folder or the dotnet folder around it; null: <c>EDGEFLORA_PACKS</c> if set, else the places where SDKs are installed.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// No place holds both packs with their documentation; the message lists the places and how to name another.
    /// </exception>
    public static ReferencePacks Locate(string? folder = null)
    {
        string? named = folder ?? Environment.GetEnvironmentVariable(FolderVariable);
        List<string> places = string.IsNullOrEmpty(named) ? [.. DotnetFolders.Probable()] : [Path.GetFullPath(named)];
        foreach (string place in places)
        {
            if ((Read(Path.Combine(place, "packs")) ?? Read(place)) is { } packs)
            {
                return packs;
            }
        }

        throw new InvalidDataException(
            $"No XML documentation of .NET found: looked for "
            + $"{string.Join(" and ", PackNames.Select(name => $"packs/{name}/VERSION/ref/net*/*.xml"))} in {string.Join(", ", places)}. "
            + $"Install a .NET SDK, or name the folder that holds the packs with --packs FOLDER or {FolderVariable}.");
    }

    private static ReferencePacks? Read(string packs)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Version? version = null;
        foreach (string name in PackNames)
        {
            // NuGet's package folder, a possible place, writes names in lower case.
            if ((Newest(Path.Combine(packs, name)) ?? Newest(Path.Combine(packs, name.ToLowerInvariant()))) is not var (found, documentation))
            {
                return null;
            }

            version ??= found;
            foreach (string file in documentation)
            {
                // Some ASP.NET packs repeat the base pack's files.
                files.TryAdd(Path.GetFileName(file), file);
            }
        }

        return new ReferencePacks(version!, [.. files.Values]);
    }

    private static (Version Version, string[] Files)? Newest(string pack)
    {
        if (!Directory.Exists(pack))
        {
            return null;
        }

        IEnumerable<(Version, string[])> documented =
            from folder in Directory.GetDirectories(pack)
            let version = Version.TryParse(Path.GetFileName(folder), out Version? parsed) ? parsed : null
            where version is not null
            orderby version is { Major: 10, Minor: 0 } descending, version descending
            let files = Documentation(Path.Combine(folder, "ref"))
            where files.Length > 0
            select (version, files);
        return documented.Select(pair => ((Version, string[])?)pair).FirstOrDefault();
    }

    private static string[] Documentation(string references) =>
        Directory.Exists(references)
            ? [.. Directory.GetDirectories(references, "net*").Order(StringComparer.Ordinal).SelectMany(
                framework => Directory.GetFiles(framework, "*.xml"))]
            : [];
}
