using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>What owners allow.</summary>
internal static class Permits
{
    /// <summary>Everything, always.</summary>
    public static WorkPermit Free { get; } = Of(new AllowOptions());

    /// <param name="conditions">How the device stands; on mains and unmetered where absent.</param>
    public static WorkPermit Of(AllowOptions allow, IDeviceConditions? conditions = null, TimeProvider? clock = null) =>
        new(allow, conditions ?? new StatedConditions(), clock ?? TimeProvider.System);
}
