using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Availability;

public sealed class SystemConditionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_runs_on_its_battery_if_it_has_one_and_nothing_else_gives_power()
    {
        Assert.False(Conditions().OnBattery);
        Supply("mouse", "Battery", scope: "Device");
        Assert.False(Conditions().OnBattery);
        Supply("BAT0", "Battery");
        Assert.True(Conditions().OnBattery);
        Supply("AC", "Mains", online: "0");
        Assert.True(Conditions().OnBattery);
        Supply("usb", "USB", online: "1");
        Assert.False(Conditions().OnBattery);
    }

    [Theory]
    [InlineData("u 1\n", true)]
    [InlineData("u 2\n", false)]
    [InlineData("u 3\n", true)]
    [InlineData("u 4\n", false)]
    [InlineData("u 0\n", null)]
    [InlineData(null, null)]
    public void NetworkManager_says_whether_the_network_is_metered(string? answer, bool? metered) =>
        Assert.Equal(metered, new SystemConditions(folder.Path, () => answer, TimeProvider.System).Metered);

    [Fact]
    public void NetworkManager_is_not_asked_again_within_half_a_minute()
    {
        int asked = 0;
        var conditions = new SystemConditions(folder.Path, () => $"u {++asked}", new LeapingTime(TimeSpan.FromSeconds(7)));

        bool?[] answers = [.. Enumerable.Range(0, 6).Select(_ => conditions.Metered)];

        // Each look takes one moment, or two where it asks.
        Assert.InRange(asked, 2, 3);
        Assert.True(answers[0]);
    }

    private SystemConditions Conditions() => new(folder.Path, () => null, TimeProvider.System);

    private void Supply(string name, string type, string? online = null, string? scope = null)
    {
        string supply = Directory.CreateDirectory(folder.In(name)).FullName;
        File.WriteAllText(Path.Combine(supply, "type"), $"{type}\n");
        foreach ((string property, string? value) in new[] { ("online", online), ("scope", scope) })
        {
            if (value is not null)
            {
                File.WriteAllText(Path.Combine(supply, property), $"{value}\n");
            }
        }
    }
}
