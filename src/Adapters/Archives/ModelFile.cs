namespace EdgeFlora.Adapters.Archives;

/// <summary>One file of a base model's folder.</summary>
/// <param name="Name">Its name, without a path.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Length">Bytes.</param>
public sealed record ModelFile(string Name, string Path, long Length);
