namespace EdgeFlora.EdgeAgent.Options;

/// <summary>A base model that lies on this machine. Section <c>Agent:Models:N</c>.</summary>
/// <param name="Name">Name for people; a run asks for a model by the hash of its weights.</param>
/// <param name="Folder">Folder in Hugging Face's layout.</param>
internal sealed record ModelOptions(string Name, string Folder)
{
    /// <summary>A folder under its own name.</summary>
    public static ModelOptions Of(string folder) => new(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), folder);
}
