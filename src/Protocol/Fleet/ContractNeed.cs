namespace EdgeFlora.Protocol.Fleet;

/// <summary>The oldest contract version whose agents can do a run's tasks as they are meant, and which setting asks for it.</summary>
/// <remarks>See docs/decisions/what-a-run-chooses.md.</remarks>
/// <param name="Because">The setting, for people.</param>
internal sealed record ContractNeed(int Version, string Because);
