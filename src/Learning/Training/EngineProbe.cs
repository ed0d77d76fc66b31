namespace EdgeFlora.Learning.Training;

/// <summary>Whether an engine can be used on this machine, found out by using it.</summary>
/// <param name="Engine"><c>portable</c> or <c>torch</c>.</param>
/// <param name="Usable">True if a computation ran and its result was right.</param>
/// <param name="Detail">The device and versions found, or why the engine cannot be used and what would help.</param>
public sealed record EngineProbe(string Engine, bool Usable, string Detail)
{
    /// <summary>Kind of device: <c>cuda</c>, <c>mps</c> or <c>cpu</c>; empty if the engine is not usable.</summary>
    public string Device { get; init; } = "";

    /// <summary>As <see cref="IEngine.MemoryBytes"/>; 0 if it is not known.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Which build of this library the engine runs on: both sides of a process boundary must be of the same.</summary>
    public Guid Build { get; init; } = ThisBuild;

    /// <summary>The build that this process runs.</summary>
    internal static Guid ThisBuild { get; } = typeof(EngineProbe).Module.ModuleVersionId;
}
