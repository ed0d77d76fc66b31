namespace EdgeFlora.Learning.Devices;

/// <summary>The memory that this process may have in all, what it has now, and what sets the limit.</summary>
/// <param name="Bytes">At most so many.</param>
/// <param name="Resident">What the process has in memory, mapped files included.</param>
/// <param name="Source">For people: <c>limits.memory</c>, <c>the limit of its control group</c>.</param>
public sealed record MemoryCeiling(long Bytes, long Resident, string Source)
{
    /// <summary>The <see cref="Source"/> that is the owner's own setting.</summary>
    public const string Owner = "limits.memory";

    /// <summary>As it stands now.</summary>
    /// <param name="owner">What the device's owner allows; null: whatever there is.</param>
    public static MemoryCeiling Now(long? owner) => Of(MemoryReadings.Now(), owner);

    internal static MemoryCeiling Of(MemoryReadings now, long? owner)
    {
        List<MemoryCeiling> all =
        [
            // What is not the collector's stands beside what it may have.
            At(now.Collector.Limit + Math.Max(0, now.Resident - now.Collector.Committed), "the limit of the .NET runtime's heap"),
        ];
        if (now.Available is { } available)
        {
            // What the process maps counts as available: it can be read again.
            all.Add(At(now.Own + available, "the memory that is free"));
        }

        if (now.Group is { } group)
        {
            all.Add(At(group.Limit - Math.Max(0, group.Used - now.Own), "the memory limit of its control group"));
        }

        if (owner is { } allowed)
        {
            all.Add(At(allowed, Owner));
        }

        return all.MinBy(ceiling => ceiling.Bytes)!;

        MemoryCeiling At(long bytes, string source) => new(Math.Max(0, bytes), now.Resident, source);
    }
}
