using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Tests.Options;

public sealed class WorkHoursTests
{
    // 2026-11-30 is a Monday.
    [Theory]
    [InlineData("22:00-06:00", "2026-11-30T22:00", true)]
    [InlineData("22:00-06:00", "2026-11-30T05:59", true)]
    [InlineData("22:00-06:00", "2026-11-30T06:00", false)]
    [InlineData("22:00-06:00", "2026-11-30T21:59", false)]
    [InlineData("09:00-17:00", "2026-11-30T12:00", true)]
    [InlineData("Sat,Sun 00:00-24:00", "2026-11-29T23:59", true)]
    [InlineData("Sat,Sun 00:00-24:00", "2026-11-30T00:00", false)]
    [InlineData("Mon-Fri 18:00-08:00", "2026-11-30T07:00", false)] // begins on Monday, so not after Sunday
    [InlineData("Mon-Fri 18:00-08:00", "2026-12-05T07:00", true)] // the night after Friday
    [InlineData("fri-mon 10:00-11:00", "2026-11-30T10:30", true)] // across the end of the week
    [InlineData("fri-mon 10:00-11:00", "2026-12-01T10:30", false)]
    public void A_window_is_open_from_its_begin_to_before_its_end(string window, string at, bool open) =>
        Assert.Equal(open, WorkHours.Parse([window]).Contains(DateTime.Parse(at)));

    [Theory]
    [InlineData("22:00-06:00", "2026-11-30T12:00", "2026-11-30T22:00")]
    [InlineData("09:00-10:00", "2026-11-30T12:00", "2026-12-01T09:00")]
    [InlineData("Mon 09:00-10:00", "2026-11-30T12:00", "2026-12-07T09:00")]
    [InlineData("Sat,Sun 00:00-24:00", "2026-11-30T12:00", "2026-12-05T00:00")]
    public void The_next_begin_is_the_first_after_now(string window, string at, string next) =>
        Assert.Equal(DateTime.Parse(next), WorkHours.Parse([window]).NextBegin(DateTime.Parse(at)));

    [Fact]
    public void Of_several_windows_one_must_be_open_and_without_any_it_is_always()
    {
        var hours = WorkHours.Parse(["22:00-06:00", "Sat,Sun 00:00-24:00"]);

        Assert.True(hours.Contains(DateTime.Parse("2026-11-29T12:00")));
        Assert.False(hours.Contains(DateTime.Parse("2026-11-30T12:00")));
        Assert.True(WorkHours.Always.Contains(DateTime.Parse("2026-11-30T12:00")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("22-6")]
    [InlineData("22:00")]
    [InlineData("25:00-26:00")]
    [InlineData("24:01-06:00")]
    [InlineData("24:00-06:00")]
    [InlineData("06:00-06:00")]
    [InlineData("06:60-07:00")]
    [InlineData("Someday 06:00-07:00")]
    [InlineData("Mon 06:00-07:00 Tue")]
    public void What_is_no_window_is_refused_with_what_would_be_right(string text) =>
        Assert.Contains("like 22:00-06:00", Assert.Throws<FormatException>(() => WorkHours.Parse([text])).Message, StringComparison.Ordinal);
}
