using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Protocol.Tests.Fleet;

public sealed class SenderIdentityTests
{
    [Theory]
    [InlineData("edgeflora-agent-a", true, false, true, nameof(SenderVerdict.Passes))]
    [InlineData("edgeflora-agent-a", true, false, false, nameof(SenderVerdict.Passes))]
    [InlineData("edgeflora-agent-b", true, false, false, nameof(SenderVerdict.Forged))]
    [InlineData("edgeflora-agent-aa", true, false, false, nameof(SenderVerdict.Forged))]
    [InlineData("guest", true, false, false, nameof(SenderVerdict.Forged))]
    [InlineData(null, true, false, false, nameof(SenderVerdict.Forged))]
    [InlineData("edgeflora-agent-b", false, false, false, nameof(SenderVerdict.Forged))]
    [InlineData("edgeflora-agent-b", false, false, true, nameof(SenderVerdict.Forged))]
    [InlineData("guest", false, false, false, nameof(SenderVerdict.Passes))]
    [InlineData(null, false, false, false, nameof(SenderVerdict.Passes))]
    [InlineData("edgeflora-agent-a", false, false, false, nameof(SenderVerdict.Passes))]
    [InlineData("edgeflora-agent-a", false, true, false, nameof(SenderVerdict.NotEnrolled))]
    [InlineData("guest", false, true, false, nameof(SenderVerdict.Passes))]
    [InlineData("guest", false, false, true, nameof(SenderVerdict.NotEnrolled))]
    [InlineData(null, false, false, true, nameof(SenderVerdict.NotEnrolled))]
    [InlineData("edgeflora-agent-a", false, false, true, nameof(SenderVerdict.NotEnrolled))]
    public void An_enrolled_agents_user_alone_speaks_for_it(string? user, bool enrolled, bool revoked, bool required, string verdict) =>
        Assert.Equal(verdict, SenderIdentity.Judge(user, "a", enrolled, revoked, required).ToString());
}
