using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Tests.Client;

public sealed class ServiceProblemTests
{
    [Theory]
    [InlineData("No agent is named 'b'.", "edgeflora agents ls shows them", "No agent is named 'b'; edgeflora agents ls shows them")]
    [InlineData("no agent is named 'b'", "enrol it", "no agent is named 'b'; enrol it")]
    [InlineData("The run is over.", null, "The run is over.")]
    [InlineData(null, "try later", "not ready; try later")]
    public void A_refusal_and_its_remedy_are_one_sentence(string? detail, string? fix, string sentence) => Assert.Equal(
        sentence,
        ServiceProblemException.Sentence(new ApiProblem { Code = ProblemCode.NotFound, Detail = detail, Fix = fix }, "not ready"));
}
