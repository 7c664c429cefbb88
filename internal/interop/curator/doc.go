// Curator runs Apache Curator's own tests, those of its client, framework, recipes and service discovery, against a real ZooKeeper
// and against package zkserver, and says which end differently.
//
//	apt-get install libcurator-test-java libcurator-discovery-java junit5 libmockito-java libassertj-core-java \
//	    libcommons-math-java libjackson2-dataformat-yaml default-jdk-headless zookeeper
//	git clone --depth 1 --branch apache-curator-5.4.0 https://github.com/apache/curator /tmp/curator
//	go run ./internal/interop/curator -curator /tmp/curator -out /tmp/curator-results
//
// The tests are Curator's, unmodified; what they test, and what they run on, is what Debian ships. Ours are, in java/, the class that they
// start servers with; that of an ensemble, which leaves out, on either side, the tests that ask for one; and as much of the library
// Awaitility as they use, which Debian does not have.
// docs/interop.md has the results.
package main
