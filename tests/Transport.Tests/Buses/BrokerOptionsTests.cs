using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Options;

namespace EdgeFlora.Transport.Tests.Buses;

public sealed class BrokerOptionsTests
{
    [Theory]
    [InlineData("http://user:secret@host/v", "Broker:Url begins with http://")]
    [InlineData("user:secret@host", "Broker:Url")]
    [InlineData("amqp://user:secret@host/one/two", "Broker:Url ends with /one/two")]
    [InlineData("amqp://user:secret@host/v?heartbeat=5", "Broker:Url ends with /v?heartbeat=5")]
    public void A_wrong_url_is_named_without_its_password(string url, string said)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => new BrokerOptions { Url = url }.Validate());

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Times_outside_their_range_are_named_with_value_and_range()
    {
        var options = new BrokerOptions { ConnectTimeout = TimeSpan.Zero, Heartbeat = TimeSpan.FromHours(1) };

        var refused = Assert.Throws<OptionsValidationException>(options.Validate);

        Assert.Equal(
            ["Broker:ConnectTimeout is 00:00:00; it must be between 00:00:01 and 00:10:00.", "Broker:Heartbeat is 01:00:00; it must be between 00:00:05 and 00:05:00."],
            refused.Failures);
    }

    [Theory]
    [InlineData("amqp://u:p%40ss%3A@h", "h", 5672, "/", "u", "p@ss:", false)]
    [InlineData("amqps://h/tenant-1", "h", 5671, "tenant-1", "guest", "guest", true)]
    [InlineData("amqp://h:1234/a%2Fb", "h", 1234, "a/b", "guest", "guest", false)]
    public void A_url_is_taken_apart(string url, string host, int port, string vhost, string user, string password, bool tls)
    {
        BrokerAddress address = new BrokerOptions { Url = url }.Address();

        Assert.Equal(new BrokerAddress(host, (ushort)port, vhost, user, password, tls), address);
        Assert.DoesNotContain(":" + password, address.ToString(), StringComparison.Ordinal);
    }
}
