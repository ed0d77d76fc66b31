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
            ["Broker:ConnectTimeout is 00:00:00; it must be between 00:00:01 and "
                + "00:10:00.", "Broker:Heartbeat is 01:00:00; it must be between 00:00:02 and 00:05:00."],
            refused.Failures);
    }

    [Theory]
    [InlineData("amqp://u:p%40ss%3A@h", "h", 5672, "/", "u", "p@ss:", false)]
    [InlineData("amqps://h/tenant-1", "h", 5671, "tenant-1", "guest", null, true)]
    [InlineData("amqp://h:1234/a%2Fb", "h", 1234, "a/b", "guest", null, false)]
    public void A_url_is_taken_apart(string url, string host, int port, string vhost, string user, string? password, bool tls)
    {
        BrokerAddress address = new BrokerOptions { Url = url }.Address();

        Assert.Equal(new BrokerAddress(host, (ushort)port, vhost, user, password, tls) { NamesUser = password is not null }, address);
        Assert.DoesNotContain("p@ss", address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_comes_from_the_first_line_of_its_file()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "password");
        File.WriteAllText(file, "s3cret\n");

        Assert.Equal("s3cret", new BrokerOptions { Url = "amqp://u@h", PasswordFile = file }.Address().Password);
    }

    [Theory]
    [InlineData("amqp://u:p@h", "empty", null, "Broker:PasswordFile is '*empty', but Broker:Url holds a password too; leave out one of them.")]
    [InlineData(
        "amqp://u@h",
        "empty",
        null,
        "Broker:PasswordFile is '*empty', which cannot be used (its first line is empty); give a file whose first line is the password.")]
    [InlineData("amqp://u@h", "absent", null, "Broker:PasswordFile is '*absent', which cannot be used (*")]
    [InlineData(
        "amqps://u@h", null, "empty", "Broker:Ca is '*empty', which cannot be used (it holds no certificate); give a PEM file with certificates.")]
    [InlineData("amqp://u@h", null, "empty", "Broker:Ca is '*empty', but Broker:Url begins with amqp://, which is not encrypted; write amqps://.")]
    public void Files_that_cannot_be_used_are_named_with_what_would_be_right(string url, string? password, string? ca, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "empty"), "");
        string? In(string? name) => name is null ? null : Path.Combine(folder.Path, name);

        var refused = Assert.Throws<OptionsValidationException>(new BrokerOptions { Url = url, PasswordFile = In(password), Ca = In(ca) }.Validate);

        Assert.Contains(refused.Failures, failure => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(said, failure, ignoreCase: false));
    }
}
