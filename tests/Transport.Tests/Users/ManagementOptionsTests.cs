using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Transport.Tests.Users;

public sealed class ManagementOptionsTests
{
    [Theory]
    [InlineData("http://localhost:15672")]
    [InlineData("http://127.0.0.1:15672/")]
    [InlineData("https://broker.example:15671")]
    public void An_address_over_TLS_or_of_this_machine_can_be_used(string url) => Assert.Empty(Of(url).Problems());

    [Theory]
    [InlineData("http://broker.example:15672", "beyond this machine it must be https://")]
    [InlineData("https://admin:secret@broker.example", "without user, path or query")]
    [InlineData("https://broker.example/api", "without user, path or query")]
    [InlineData("amqps://broker.example", "must be http[s]://HOST:PORT")]
    public void Others_are_told_without_what_may_be_secret(string url, string told)
    {
        string problem = Assert.Single(Of(url).Problems());

        Assert.Contains(told, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_administrator_has_a_password_that_is_there()
    {
        Assert.Contains(
            "broker.managementUser is given without", Assert.Single((Of("https://b") with { User = "admin" }).Problems()), StringComparison.Ordinal);
        Assert.Contains(
            "which is no file",
            Assert.Single((Of("https://b") with { User = "admin", PasswordFile = "no-such-file" }).Problems()),
            StringComparison.Ordinal);
    }

    private static ManagementOptions Of(string url) => new() { Url = new Uri(url), Broker = new BrokerOptions { Url = "amqp://localhost/" } };
}
