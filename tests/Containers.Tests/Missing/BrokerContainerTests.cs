namespace EdgeFlora.Containers.Tests;

public sealed class BrokerContainerTests
{
    [Fact]
    public void A_message_makes_the_round_trip_through_a_broker_in_a_container() =>
        Assert.Skip("left out of this build: no configured package source could restore Testcontainers; add one, delete artifacts/optional and build again");
}
