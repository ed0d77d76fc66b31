using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;

namespace EdgeFlora.EdgeAgent.Tests.Availability;

public sealed class WorkPermitTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly PrivateData data;

    public WorkPermitTests()
    {
        File.WriteAllLines(folder.In("data.csv"), ["text,label", "good,good", "bad,bad"]);
        data = PrivateData.Load(new DataSetOptions { Files = [folder.In("data.csv")], HeldOutFraction = 0 });
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void By_default_everything_is_allowed() => Permits.Free.Require(Offers.Bare() with { ClassCounts = true }, data);

    [Fact]
    public void Outside_its_hours_a_task_is_declined_until_they_begin()
    {
        var allow = new AllowOptions { Hours = WorkHours.Parse(["22:00-06:00"]) };

        DeclinedException refusal = Refusal(Permits.Of(allow, clock: new LeapingTime(TimeSpan.Zero, Noon)));

        Assert.Equal((DeclineReason.Draining, TimeSpan.FromHours(10)), (refusal.Reason, refusal.Retry));
        Assert.Equal(
            "Not now: its owner allows it to work only within allow.hours (22:00-06:00); not before Mon 22:00 of its local time.", refusal.Message);
        Permits.Of(allow, clock: new LeapingTime(TimeSpan.Zero, Noon.AddHours(11))).Require(Offers.Bare(), data);
    }

    [Theory]
    [InlineData(true, DeclineReason.Battery)]
    [InlineData(false, null)]
    [InlineData(null, DeclineReason.Battery)] // the owner said no, and the system does not say yes
    public void On_battery_a_task_is_declined_where_the_owner_says_so(bool? onBattery, DeclineReason? reason)
    {
        var conditions = new StatedConditions { OnBattery = onBattery };

        Permits.Of(new AllowOptions(), conditions).Require(Offers.Bare(), data);
        Assert.Equal(reason, Permits.Of(new AllowOptions { OnBattery = false }, conditions).Closed?.Reason);
    }

    [Theory]
    [InlineData(true, DeclineReason.Draining)]
    [InlineData(false, null)]
    [InlineData(null, DeclineReason.Draining)]
    public void Over_a_metered_network_likewise(bool? metered, DeclineReason? reason)
    {
        var conditions = new StatedConditions { Metered = metered };

        Permits.Of(new AllowOptions(), conditions).Require(Offers.Bare(), data);
        Assert.Equal(reason, Permits.Of(new AllowOptions { Metered = false }, conditions).Closed?.Reason);
    }

    [Fact]
    public void What_the_owner_forbids_is_declined_with_the_name_of_the_setting()
    {
        Assert.Contains(
            "allow.tasks leaves out: pairs, lm",
            Refusal(Permits.Of(new AllowOptions { Tasks = [DataSetTask.Pairs, DataSetTask.LanguageModel] })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "(allow.classCounts)",
            Refusal(Permits.Of(new AllowOptions { ClassCounts = false }), Offers.Bare() with { ClassCounts = true }).Message,
            StringComparison.Ordinal);
        Permits.Of(new AllowOptions { ClassCounts = false }).Require(Offers.Bare(), data);
    }

    [Fact]
    public void Training_waits_until_it_may_go_on()
    {
        // An hour goes by with every look: the window opens at the eleventh.
        var clock = new LeapingTime(TimeSpan.FromHours(1), Noon);
        List<Closure> told = [];

        Permits.Of(new AllowOptions { Hours = WorkHours.Parse(["22:00-06:00"]) }, clock: clock).Await(
            told.Add, TestContext.Current.CancellationToken);

        Assert.Single(told);
    }

    [Fact]
    public void A_wait_ends_when_nobody_wants_the_task_any_more()
    {
        using var cancelled = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() => Permits
            .Of(new AllowOptions { OnBattery = false }, new StatedConditions { OnBattery = true }).Await(
            _ => cancelled.Cancel(),
            cancelled.Token));
    }

    private DeclinedException Refusal(WorkPermit permit, TaskOffer? offer = null) => Assert.Throws<DeclinedException>(() =>
        permit.Require(offer ?? Offers.Bare(), data));
}
