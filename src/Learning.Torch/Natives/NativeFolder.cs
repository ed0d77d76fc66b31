namespace EdgeFlora.Learning.Torch.Natives;

/// <summary>Where the native libraries of a program lie.</summary>
/// <param name="Path">The folder they are loaded from.</param>
/// <param name="Others">Platforms whose libtorch lies beside it instead.</param>
internal sealed record NativeFolder(string Path, IReadOnlyList<string> Others)
{
    /// <summary>The folder in a program's own: <c>runtimes/PLATFORM/native</c>, or the program's where it was published for one platform.</summary>
    public static NativeFolder Of(string program) => Of(program, NativePlatform.Current);

    public static NativeFolder Of(string program, NativePlatform platform)
    {
        string Natives(string id) => System.IO.Path.Combine(program, "runtimes", id, "native");
        string[] present = [.. NativePlatform.Published.Where(
            id => File.Exists(System.IO.Path.Combine(Natives(id), new NativePlatform(id).Libraries[0])))];
        string own = Natives(platform.Id);
        return new NativeFolder(
            File.Exists(System.IO.Path.Combine(program, platform.Libraries[0])) ? program : own, [.. present.Where(id => id != platform.Id)]);
    }

    /// <summary>What is missing, with what would help; null if every library is there.</summary>
    public string? Missing(NativePlatform platform)
    {
        if (platform.Libraries.FirstOrDefault(library => !File.Exists(System.IO.Path.Combine(Path, library))) is not { } library)
        {
            return null;
        }

        if (!NativePlatform.Published.Contains(platform.Id))
        {
            return $"there is no libtorch for {platform.Id}: it is published for {string.Join(", ", NativePlatform.Published)}; use the portable "
                + "engine";
        }

        return Others.Count > 0
            ? $"libtorch is here for {string.Join(", ", Others)}, this process runs on {platform.Id}; install the torch engine on this machine "
                + "(edgeflora torch install)"
            : $"{library} is missing from {Path}; install the torch engine again (edgeflora torch install)";
    }
}
