using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using EdgeFlora.Coordinator.Store.S3;

namespace EdgeFlora.Coordinator.Tests.Store.S3;

/// <summary>What is said where AWS's own chain finds no credentials.</summary>
public sealed class CredentialChainTests
{
    private const string Mend = "; name them with s3.accessKey and s3.secretKeyFile, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this "
        + "machine or container a role.";

    [Theory]
    [InlineData("", "AWS_ACCESS_KEY_ID is not set, the profile 'default' gives none, no role of an instance is to be had")]
    [InlineData(
        "AWS_EC2_METADATA_DISABLED=true",
        "AWS_ACCESS_KEY_ID is not set, the profile 'default' gives none, instances are not asked for a role (AWS_EC2_METADATA_DISABLED)")]
    [InlineData(
        "AWS_ACCESS_KEY_ID=a AWS_PROFILE=fleet",
        "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY, the profile 'fleet' gives none, no role of an instance is to be had")]
    [InlineData(
        "AWS_SECRET_ACCESS_KEY=hidden",
        "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID, the profile 'default' gives none, no role of an instance is to be had")]
    [InlineData(
        "AWS_WEB_IDENTITY_TOKEN_FILE=/t",
        "AWS_ACCESS_KEY_ID is not set, AWS_WEB_IDENTITY_TOKEN_FILE is set, which this program does not use (it takes EKS Pod Identity), "
            + "the profile 'default' gives none, no role of an instance is to be had")]
    [InlineData(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/a",
        "AWS_ACCESS_KEY_ID is not set, the profile 'default' gives none, "
            + "AWS_CONTAINER_CREDENTIALS_FULL_URI 'http://127.0.0.1:1/a' gives none (Connection refused)")]
    [InlineData(
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/a AWS_CONTAINER_CREDENTIALS_FULL_URI=",
        "AWS_ACCESS_KEY_ID is not set, the profile 'default' gives none, "
            + "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI '/a' gives none (Connection refused)")]
    public void All_that_was_tried_is_told_in_one_sentence_without_a_secret(string environment, string tried)
    {
        Dictionary<string, string> set = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var failure = new AmazonServiceException("Unable to retrieve credentials. Message = \"Connection refused\"");

        Assert.Equal($"no credentials are found: {tried}{Mend}", CredentialChain.WhyNot(failure, set.GetValueOrDefault));
    }

    [Fact]
    public void Behind_a_profile_that_is_named_and_missing_nothing_is_tried() => Assert.Equal(
        $"no credentials are found: AWS_ACCESS_KEY_ID is not set, there is no profile 'fleet', which AWS_PROFILE names{Mend}",
        CredentialChain.WhyNot(new ProfileNotFoundException("none"), name => name == "AWS_PROFILE" ? "fleet" : null));
}
