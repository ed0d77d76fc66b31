using EdgeFlora.Transport.Users;

namespace EdgeFlora.Transport.Tests.Users;

public sealed class PasswordHashTests
{
    /// <summary>
    /// The example of RabbitMQ's documentation ("Credentials and Passwords", "Computing Password Hash"): password test12, salt 908D C60A.
    /// </summary>
    [Fact]
    public void It_is_RabbitMQs() =>
        Assert.Equal("kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR", PasswordHash.Of("test12", [0x90, 0x8D, 0xC6, 0x0A]));

    [Fact]
    public void Each_password_and_each_hash_is_another()
    {
        string password = PasswordHash.NewPassword();

        Assert.Matches(@"\A[A-Za-z0-9_-]{43}\z", password);
        Assert.NotEqual(password, PasswordHash.NewPassword());
        Assert.NotEqual(PasswordHash.Of(password), PasswordHash.Of(password));
    }

    [Fact]
    public void What_has_not_its_form_is_none()
    {
        string hash = PasswordHash.Of("a password");

        Assert.True(PasswordHash.IsOne(hash));
        Assert.All(
            [null, "", "a password", hash[..^4], hash + "AAAA", hash[..^1] + "!", new string('=', 48)],
            text => Assert.False(PasswordHash.IsOne(text)));
    }
}
