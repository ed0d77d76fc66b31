using EdgeFlora.Cli.SystemServices;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Cli.Tests.SystemServices;

public sealed class SystemdNoticeTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void Systemd_hears_of_readiness_of_what_is_done_and_of_the_end()
    {
        var systemd = new RecordedNotifier(isEnabled: true);
        using (var notice = new SystemdNotice(systemd, clock, watchdogMicroseconds: null))
        {
            notice.Ready();
            notice.Status("training for round 3");
            clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(["READY=1", "STATUS=training for round 3", "STOPPING=1"], systemd.Heard);
    }

    [Fact]
    public void A_watchdog_hears_a_sign_of_life_twice_as_often_as_it_wants_until_the_end()
    {
        var systemd = new RecordedNotifier(isEnabled: true);
        using (new SystemdNotice(systemd, clock, watchdogMicroseconds: "120000000"))
        {
            clock.Advance(TimeSpan.FromSeconds(59));
            Assert.Empty(systemd.Heard);
            clock.Advance(TimeSpan.FromSeconds(121));
        }

        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"], systemd.Heard);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("soon")]
    public void A_watchdog_that_asks_for_nothing_sensible_hears_nothing(string wanted)
    {
        var systemd = new RecordedNotifier(isEnabled: true);
        using (new SystemdNotice(systemd, clock, wanted))
        {
            clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(["STOPPING=1"], systemd.Heard);
    }

    [Fact]
    public void Without_systemd_nothing_is_said()
    {
        var nobody = new RecordedNotifier(isEnabled: false);
        using (var notice = new SystemdNotice(nobody, clock, watchdogMicroseconds: "1000000"))
        {
            notice.Ready();
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(nobody.Heard);
    }

    private sealed class RecordedNotifier(bool isEnabled) : ISystemdNotifier
    {
        public List<string> Heard { get; } = [];

        public bool IsEnabled => isEnabled;

        public void Notify(ServiceState state) => Heard.Add(state.ToString());
    }
}
