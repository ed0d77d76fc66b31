using EdgeFlora.Cli.Doctor.Bundle;

namespace EdgeFlora.Cli.Tests.Doctor;

public sealed class ScrubberTests
{
    [Theory]
    [InlineData("it is geheim, and gehe%2Fim, and \"q\\u0022uote\"", "it is (hidden), and (hidden), and \"(hidden)\"")]
    [InlineData("amqps://farm:un-known@broker:5671/v and http://a/b", "amqps://farm:(hidden)@broker:5671/v and http://a/b")]
    [InlineData("edgeflora agent enroll https://s --token efa_abcdefgh12345", "edgeflora agent enroll https://s --token (hidden)")]
    [InlineData("Authorization: Bearer abc.def", "Authorization: Bearer (hidden)")]
    [InlineData("password=hush, user=joe", "password=(hidden), user=joe")]
    [InlineData("{\"apiKey\":\"hush\",\"user\":\"joe\"}", "{\"apiKey\":\"(hidden)\",\"user\":\"joe\"}")]
    [InlineData("HF_TOKEN=hush next", "HF_TOKEN=(hidden) next")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nnext", "(hidden)\nnext")]
    [InlineData("the password file is /etc/p; tokens/s are 3", "the password file is /etc/p; tokens/s are 3")]
    public void Secrets_go_and_the_rest_stays(string text, string scrubbed) =>
        Assert.Equal(scrubbed, new Scrubber(["geheim", "gehe/im", "q\"uote"]).Scrub(text));

    [Fact]
    public void A_secret_that_holds_another_goes_whole() => Assert.Equal("(hidden)", new Scrubber(["word", "passwords!"]).Scrub("passwords!"));
}
