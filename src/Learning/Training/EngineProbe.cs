namespace EdgeFlora.Learning.Training;

/// <summary>Whether an engine can be used on this machine, found out by using it.</summary>
/// <param name="Engine"><c>portable</c> or <c>torch</c>.</param>
/// <param name="Usable">True if a computation ran and its result was right.</param>
/// <param name="Detail">The device and versions found, or why the engine cannot be used and what would help.</param>
public sealed record EngineProbe(string Engine, bool Usable, string Detail);
